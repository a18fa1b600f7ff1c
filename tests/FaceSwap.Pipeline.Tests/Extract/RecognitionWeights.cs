using System.Text.Json;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The recognition network's files in the form of the npm package, with random weights of sizes that keep its numbers within bounds.</summary>
internal static class RecognitionWeights
{
    private const string Manifest = "face_recognition_model-weights_manifest.json", Shard = "face_recognition_model.bin";

    // The spread of 256 equally likely integers.
    private const double Spread = 73.9;

    /// <summary>Writes both files and returns the folder.</summary>
    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        Random random = new(1);
        List<object> tensors = [];
        using MemoryStream data = new();
        void Add(string name, int fan, params int[] shape)
        {
            double scale = 1 / (Math.Sqrt(fan) * Spread);
            tensors.Add(new { name, shape, dtype = "float32", quantization = new { dtype = "uint8", scale, min = -127.5 * scale } });
            byte[] values = new byte[shape.Aggregate(1, static (product, s) => product * s)];
            random.NextBytes(values);
            data.Write(values);
        }
        void Conv(string name, int kernel, int inputs, int outputs)
        {
            Add($"{name}/conv/filters", kernel * kernel * inputs, kernel, kernel, inputs, outputs);
            Add($"{name}/conv/bias", 10_000, outputs);
            Add($"{name}/scale/weights", 1, outputs);
            Add($"{name}/scale/biases", 10_000, outputs);
        }
        void Block(string name, int inputs, int outputs)
        {
            Conv($"{name}/conv1", 3, inputs, outputs);
            Conv($"{name}/conv2", 3, outputs, outputs);
        }
        Conv("conv32_down", 7, 3, 32);
        int channels = 32;
        foreach ((int filters, int blocks) in new[] { (32, 3), (64, 3), (128, 2), (256, 2) })
        {
            if (filters != channels)
                Block($"conv{filters}_down", channels, filters);
            channels = filters;
            for (int i = 1; i <= blocks; i++)
                Block($"conv{filters}_{i}", filters, filters);
        }
        Block("conv256_down_out", 256, 256);
        Add("fc", 256, 256, 128);
        File.WriteAllBytes(Path.Combine(folder, Shard), data.ToArray());
        File.WriteAllText(Path.Combine(folder, Manifest), JsonSerializer.Serialize(new[] { new { paths = new[] { Shard }, weights = tensors } }));
        return folder;
    }
}
