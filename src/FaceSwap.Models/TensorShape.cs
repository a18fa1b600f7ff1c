namespace FaceSwap.Models;

/// <summary>The shape of one sample's activation, NHWC without N. A vector is 1×1×C, in (h, w, c) order when it was flattened.</summary>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Channels">C.</param>
public readonly record struct TensorShape(int Height, int Width, int Channels)
{
    /// <summary>Elements of one sample.</summary>
    public int Count => checked(Height * Width * Channels);

    /// <inheritdoc/>
    public override string ToString() => $"{Height}×{Width}×{Channels}";
}
