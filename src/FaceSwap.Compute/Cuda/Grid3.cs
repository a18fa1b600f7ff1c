namespace FaceSwap.Compute.Cuda;

/// <summary>Blocks of a grid or threads of a block.</summary>
internal readonly record struct Grid3(uint X, uint Y = 1, uint Z = 1)
{
    /// <summary>X·Y·Z.</summary>
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
