using System.Buffers.Binary;
using System.Text.Json;
using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>
/// The recognition network in TensorFlow.js' format: a manifest in JSON that names each tensor with its shape, and shards that hold them one after another, as
/// fp32 or quantised to 8 or 16 bits (value = integer · scale + min). Kernels are in HWIO order.
/// </summary>
internal static class TfjsEmbedding
{
    private const int MostManifestBytes = 1 << 20, MostShards = 64, MostDataBytes = 64 << 20;

    // As the package has them, and dlib.
    private static readonly (float, float, float) Mean = (122.782f, 117.001f, 104.298f);

    public static EmbeddingWeights Load(string path) => WeightData.Read(path, "face recognition", manifest => Parse(manifest, shard =>
    {
        string file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, shard);
        if (!File.Exists(file))
            throw new InvalidDataException($"its part '{shard}' is not beside it");
        return RegularFile.ReadAllBytes(file, MostDataBytes);
    }));

    public static EmbeddingWeights Parse(byte[] manifest, Func<string, byte[]> readShard)
    {
        if (manifest.Length > MostManifestBytes)
            throw new InvalidDataException("its manifest is too large");
        try
        {
            using JsonDocument document = JsonDocument.Parse(manifest);
            return Network(Tensors(document.RootElement, readShard));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException("its manifest is not of the expected form", e);
        }
    }

    private static Dictionary<string, (int[] Shape, float[] Values)> Tensors(JsonElement manifest, Func<string, byte[]> readShard)
    {
        Dictionary<string, (int[], float[])> tensors = [];
        foreach (JsonElement group in manifest.EnumerateArray())
        {
            string[] names = [.. group.GetProperty("paths").EnumerateArray().Select(static p => p.GetString() ?? "")];
            // A part is a file beside the manifest, not anywhere on the disk.
            if (names.Length > MostShards || names.Any(static n => n.Length == 0 || n != Path.GetFileName(n)))
                throw new InvalidDataException("its manifest names impossible parts");
            byte[] data = [.. names.SelectMany(readShard)];
            int at = 0;
            foreach (JsonElement weight in group.GetProperty("weights").EnumerateArray())
            {
                int[] shape = [.. weight.GetProperty("shape").EnumerateArray().Select(static s => s.GetInt32())];
                double size = shape.Aggregate(1.0, static (product, s) => s < 0 ? double.NaN : product * s);
                if (!(size <= MostDataBytes))
                    throw new InvalidDataException("a tensor of an impossible size");
                float[] values = Values(weight, data.AsSpan(at), (int)size, out int used);
                at += used;
                tensors[weight.GetProperty("name").GetString() ?? ""] = (shape, values);
            }
            if (at != data.Length)
                throw new InvalidDataException($"its parts hold {data.Length} bytes where the manifest needs {at}");
        }
        return tensors;
    }

    private static float[] Values(JsonElement weight, ReadOnlySpan<byte> data, int count, out int used)
    {
        string type = weight.GetProperty("dtype").GetString() ?? "";
        double scale = 1, least = 0;
        if (weight.TryGetProperty("quantization", out JsonElement quantization))
        {
            type = quantization.GetProperty("dtype").GetString() ?? "";
            (scale, least) = (quantization.GetProperty("scale").GetDouble(), quantization.GetProperty("min").GetDouble());
        }
        int bytes = type switch
        {
            "uint8" => 1,
            "uint16" => 2,
            "float32" => 4,
            _ => throw new InvalidDataException("a tensor of an unknown type"),
        };
        used = checked(count * bytes);
        if (used > data.Length)
            throw new InvalidDataException("its parts are cut off");
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double value = bytes switch
            {
                1 => data[i],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * i)..]),
                _ => BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]),
            };
            values[i] = (float)((value * scale) + least);
            if (!float.IsFinite(values[i]))
                throw new InvalidDataException("a weight that is infinite or no number");
        }
        return values;
    }

    // Block names count within a level: conv64_down, conv64_1 …; the last block is conv256_down_out, and 256's others start at conv256_1.
    private static EmbeddingWeights Network(Dictionary<string, (int[] Shape, float[] Values)> tensors)
    {
        List<FaceConv> convs = [Conv(tensors, "conv32_down", 3, EmbeddingWeights.FirstFilters, EmbeddingWeights.FirstKernel, 2, 0)];
        int channels = EmbeddingWeights.FirstFilters, number = 0;
        for (int i = 0; i < EmbeddingWeights.Blocks.Length; i++)
        {
            (int filters, bool down) = EmbeddingWeights.Blocks[i];
            number = filters == channels && !down ? number + 1 : 0;
            string block = !down ? $"conv{filters}_{number}" : i == EmbeddingWeights.Blocks.Length - 1 ? $"conv{filters}_down_out" : $"conv{filters}_down";
            convs.Add(Conv(tensors, $"{block}/conv1", channels, filters, 3, down ? 2 : 1, down ? 0 : 1));
            convs.Add(Conv(tensors, $"{block}/conv2", filters, filters, 3, 1, 1));
            channels = filters;
        }
        return new EmbeddingWeights(convs, Take(tensors, "fc", channels, EmbeddingWeights.Length), Mean);
    }

    private static FaceConv Conv(Dictionary<string, (int[] Shape, float[] Values)> tensors, string name, int inputs, int outputs, int kernel, int stride, int padding) =>
        new FaceConv(inputs, outputs, kernel, stride, padding, Take(tensors, $"{name}/conv/filters", kernel, kernel, inputs, outputs), Take(tensors, $"{name}/conv/bias", outputs))
            .Then(Take(tensors, $"{name}/scale/weights", outputs), Take(tensors, $"{name}/scale/biases", outputs));

    private static float[] Take(Dictionary<string, (int[] Shape, float[] Values)> tensors, string name, params ReadOnlySpan<int> shape) =>
        !tensors.TryGetValue(name, out (int[] Shape, float[] Values) found) ? throw new InvalidDataException($"the tensor '{name}' is missing")
        : !shape.SequenceEqual(found.Shape) ? throw new InvalidDataException($"the tensor '{name}' has another shape than the network")
        : found.Values;
}
