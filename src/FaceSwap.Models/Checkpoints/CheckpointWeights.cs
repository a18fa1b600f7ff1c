using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Tensors;

namespace FaceSwap.Models;

/// <summary>
/// The weights of one identity's autoencoder in a checkpoint's files, which are opened and looked at: they can be read at any later time, also when the checkpoint's
/// folder has been replaced by a newer one since.
/// </summary>
public sealed class CheckpointWeights : IWeightSource, IDisposable
{
    // Of tensors that may be taken in parts this many elements at a time: what the cache still holds when they are taken.
    private const int PartElements = 1 << 20;

    private readonly List<(TensorInfo Tensor, SafeTensorsReader Reader)> tensors = [];
    private readonly Checkpoint checkpoint;
    private readonly Side side;

    /// <summary>Opens them.</summary>
    /// <exception cref="UserErrorException">A file does not hold the tensors of the model, or can no longer be read.</exception>
    internal CheckpointWeights(Checkpoint checkpoint, Side side)
    {
        (this.checkpoint, this.side) = (checkpoint, side);
        try
        {
            checkpoint.Reading(() =>
            {
                foreach (string part in Model.Path(side))
                {
                    SafeTensorsReader reader = checkpoint.OpenPart(part);
                    foreach (TensorInfo tensor in Model.TensorsOf(part))
                    {
                        tensors.Add((tensor, reader));
                        reader.Require<float>(tensor.Name, tensor.Count);
                    }
                }
                return true;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ModelDefinition Model => checkpoint.Model;

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">A file can no longer be read, or not enough memory.</exception>
    public void Read(Side side, Func<TensorInfo, int> unit, TensorTaker take)
    {
        if (side != this.side)
            throw new ArgumentException($"weights of identity {side} asked of those opened for {this.side}", nameof(side));
        checkpoint.Reading(() =>
        {
            int[] parts = [.. tensors.Select(t => Part(t.Tensor, unit(t.Tensor)))];
            // Not of the managed heap, which would keep it for long after.
            using HostBuffer buffer = HostBuffer.Allocate((long)parts.Max() * sizeof(float), "a part of the checkpoint");
            Span<float> whole = HostSpan.Managed(buffer.Span<float>());
            for (int i = 0; i < parts.Length; i++)
            {
                (TensorInfo tensor, SafeTensorsReader reader) = tensors[i];
                for (int first = 0; first < tensor.Count; first += parts[i])
                {
                    Span<float> values = whole[..Math.Min(parts[i], tensor.Count - first)];
                    reader.Read(tensor.Name, first, values);
                    take(tensor, first, values);
                }
            }
            return true;
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeTensorsReader reader in tensors.Select(t => t.Reader).Distinct())
            reader.Dispose();
    }

    private static int Part(TensorInfo tensor, int unit) => unit == 0 ? tensor.Count : Math.Min(tensor.Count, Math.Max(1, PartElements / unit) * unit);
}
