using FaceSwap.Core.Random;

namespace FaceSwap.Models;

/// <summary>All weights of a model in host memory, in Keras order: what is loaded from and saved to files and passed between plans.</summary>
public sealed class ModelWeights : IWeightSource
{
    // Keeps the counters of initial weights apart from those of training samples under the same seed.
    private const ulong StreamTag = 0x696E6974_00000000; // "init"

    private readonly float[][] values;

    /// <summary>Zeros for every tensor.</summary>
    public ModelWeights(ModelDefinition model)
    {
        Model = model;
        values = [.. model.Tensors.Select(t => new float[t.Count])];
    }

    /// <summary>The model.</summary>
    public ModelDefinition Model { get; }

    /// <summary>A tensor's elements, Keras order, row-major.</summary>
    public float[] this[TensorInfo tensor] => values[tensor.Index];

    /// <inheritdoc/>
    public void Read(Side side, Func<TensorInfo, int> unit, TensorTaker take)
    {
        foreach (TensorInfo tensor in Model.TensorsOf(side))
            take(tensor, 0, this[tensor]);
    }

    /// <summary>
    /// Fresh weights: kernels glorot-uniform, element i of a tensor from Philox block ⌊i/4⌋ of (seed, tensor index); biases 0. The same seed
    /// gives the same weights everywhere.
    /// </summary>
    public static ModelWeights Initialize(ModelDefinition model, ulong seed)
    {
        var weights = new ModelWeights(model);
        foreach (TensorInfo tensor in model.Tensors.Where(t => t.IsKernel))
            FillUniform(weights[tensor], seed, StreamTag | (uint)tensor.Index, (float)tensor.GlorotLimit);
        return weights;
    }

    private static void FillUniform(float[] values, ulong seed, ulong stream, float limit)
    {
        for (int i = 0; i < values.Length; i += 4)
        {
            (uint x, uint y, uint z, uint w) = Philox.Block(seed, (ulong)(i / 4), stream);
            ReadOnlySpan<uint> bits = [x, y, z, w];
            for (int j = 0; j < bits.Length && i + j < values.Length; j++)
                values[i + j] = ((2 * Philox.Uniform(bits[j])) - 1) * limit;
        }
    }
}
