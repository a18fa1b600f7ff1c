namespace FaceSwap.Models;

/// <summary>Is given a tensor.</summary>
/// <param name="tensor">Which.</param>
/// <param name="keras">Its elements, Keras order, row-major; only valid during the call.</param>
public delegate void TensorTaker(TensorInfo tensor, ReadOnlySpan<float> keras);

/// <summary>Where a plan takes weights from, one tensor after the other: memory, or a checkpoint's files, of which then one tensor at a time is in memory.</summary>
public interface IWeightSource
{
    /// <summary>The model.</summary>
    ModelDefinition Model { get; }

    /// <summary>Hands out the tensors of an identity's autoencoder, in the order of its path.</summary>
    /// <exception cref="FaceSwap.Core.UserErrorException">They cannot be read.</exception>
    void Read(Side side, TensorTaker take);
}
