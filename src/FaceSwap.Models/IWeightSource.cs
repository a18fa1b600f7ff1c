namespace FaceSwap.Models;

/// <summary>Is given a tensor, or a part of one.</summary>
/// <param name="tensor">Which.</param>
/// <param name="first">Index of the first element given.</param>
/// <param name="keras">The elements, Keras order, row-major; only valid during the call.</param>
public delegate void TensorTaker(TensorInfo tensor, long first, ReadOnlySpan<float> keras);

/// <summary>Where a plan takes weights from, one tensor after the other: memory, or a checkpoint's files, of which then a part at a time is in memory.</summary>
public interface IWeightSource
{
    /// <summary>The model.</summary>
    ModelDefinition Model { get; }

    /// <summary>Hands out the tensors of an identity's autoencoder, in the order of its path; each whole, or in parts one after another.</summary>
    /// <param name="side">Whose.</param>
    /// <param name="unit">Elements of whose multiples parts of a tensor may consist; 0: it is wanted whole.</param>
    /// <param name="take">Is given them.</param>
    /// <exception cref="FaceSwap.Core.UserErrorException">They cannot be read.</exception>
    void Read(Side side, Func<TensorInfo, int> unit, TensorTaker take);
}
