using System.Text;
using FaceSwap.Core.Tensors;

namespace FaceSwap.Models;

/// <summary>Writes the files of one generation straight from a training plan, one tensor at a time. Its two buffers are kept for the next save.</summary>
internal sealed class CheckpointWriter
{
    private float[] first = [], second = [];

    /// <summary>The tensors that have moments: in each identity's autoencoder, all.</summary>
    public static IEnumerable<(Side Side, TensorInfo Tensor)> MomentTensors(ModelDefinition model) =>
        new[] { Side.A, Side.B }.SelectMany(side => model.TensorsOf(side).Select(tensor => (side, tensor)));

    /// <summary>For example <c>A/conv2d_1/kernel/m</c>.</summary>
    public static string MomentName(Side side, TensorInfo tensor, char moment) => $"{side}/{tensor.Name}/{moment}";

    /// <summary>Writes all files into an existing folder; flushing them to the disk is left to the caller.</summary>
    public void Write(string folder, CheckpointState state, TrainingPlan plan)
    {
        ModelDefinition model = plan.Model;
        int largest = model.Tensors.Max(t => t.Count);
        if (first.Length < largest)
            (first, second) = (new float[largest], new float[largest]);
        Dictionary<string, string> metadata = new() { ["format"] = "faceswap-native", ["model"] = model.Name };
        List<(string Name, long Length, uint Checksum)> files = [];
        foreach (PartDefinition part in model.Parts)
        {
            TensorInfo[] tensors = [.. model.TensorsOf(part.Name)];
            SafeTensorsHeader header = SafeTensorsHeader.Layout(tensors.Select(t => Describe(t.Name, t)), metadata);
            files.Add(WriteFile(folder, CheckpointFiles.OfPart(part.Name), stream =>
            {
                SafeTensorsWriter writer = new(stream, header);
                foreach (TensorInfo tensor in tensors)
                {
                    Span<float> weights = first.AsSpan(0, tensor.Count);
                    plan.Export(tensor, weights);
                    writer.Write<float>(weights);
                }
                writer.Complete();
            }));
        }
        files.Add(WriteFile(folder, CheckpointFiles.Optimizer, stream => WriteMoments(stream, metadata, plan)));
        files.Add(WriteFile(folder, CheckpointFiles.State, stream => stream.Write(state.ToJson())));
        WriteFile(folder, CheckpointFiles.Checksums, stream => stream.Write(Encoding.UTF8.GetBytes(CheckpointFiles.WriteChecksums(files))));
    }

    private void WriteMoments(Stream stream, Dictionary<string, string> metadata, TrainingPlan plan)
    {
        (Side Side, TensorInfo Tensor)[] moments = [.. MomentTensors(plan.Model)];
        SafeTensorsWriter writer = new(stream, SafeTensorsHeader.Layout(moments.SelectMany(entry => new[]
        {
            Describe(MomentName(entry.Side, entry.Tensor, 'm'), entry.Tensor), Describe(MomentName(entry.Side, entry.Tensor, 'v'), entry.Tensor),
        }), metadata));
        foreach ((Side side, TensorInfo tensor) in moments)
        {
            Span<float> m = first.AsSpan(0, tensor.Count), v = second.AsSpan(0, tensor.Count);
            plan.ExportMoments(side, tensor, m, v);
            writer.Write<float>(m);
            writer.Write<float>(v);
        }
        writer.Complete();
    }

    private static SafeTensorInfo Describe(string name, TensorInfo tensor) =>
        new(name, SafeTensorType.F32, [.. tensor.Shape.Select(static side => (long)side)]);

    private static (string Name, long Length, uint Checksum) WriteFile(string folder, string name, Action<Stream> write)
    {
        using FileStream file = new(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        using ChecksumStream summed = new(file);
        write(summed);
        return (name, summed.Length, summed.Checksum);
    }
}
