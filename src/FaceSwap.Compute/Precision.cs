namespace FaceSwap.Compute;

/// <summary>The arithmetic of the network's matrix products. Master weights, gradients and Adam's moments are fp32 always.</summary>
public enum Precision
{
    /// <summary>32-bit throughout.</summary>
    Fp32,

    /// <summary>32-bit storage, products rounded to 10 bits of mantissa (NVIDIA tensor cores).</summary>
    Tf32,

    /// <summary>bfloat16 activations and compute copies of the weights, fp32 accumulation.</summary>
    Bf16,
}

/// <summary>The type of an activation's elements in memory.</summary>
public enum ElementType
{
    /// <summary>IEEE single, 4 bytes.</summary>
    Float32,

    /// <summary>bfloat16, 2 bytes.</summary>
    BFloat16,
}

/// <summary>Facts about precisions.</summary>
public static class PrecisionExtensions
{
    /// <summary>How activations are stored under this precision.</summary>
    public static ElementType ActivationType(this Precision precision) =>
        precision == Precision.Bf16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this ElementType type) => type == ElementType.BFloat16 ? 2 : 4;
}
