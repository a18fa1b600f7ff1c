namespace FaceSwap.Core.Tensors;

/// <summary>Element types of the safetensors files that this project writes and reads.</summary>
public enum SafeTensorType
{
    /// <summary>IEEE single, little-endian: <c>F32</c>.</summary>
    F32,

    /// <summary>64-bit two's complement, little-endian: <c>I64</c>.</summary>
    I64,
}

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Lengths of the axes, outermost first, row-major; no axis for a single number.</param>
public sealed record SafeTensorInfo(string Name, SafeTensorType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Position of the first byte, counted from the end of the header.</summary>
    public long Offset { get; init; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, static (product, axis) => checked(product * axis));

    /// <summary>Size in bytes.</summary>
    public long ByteLength => checked(Count * (Type == SafeTensorType.F32 ? 4 : 8));
}
