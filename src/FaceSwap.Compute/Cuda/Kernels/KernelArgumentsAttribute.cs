namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Names the kernels that take this struct as their parameter, so that a test can hold its size against the PTX.</summary>
/// <param name="kernels">Entry names.</param>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class KernelArgumentsAttribute(params string[] kernels) : Attribute
{
    /// <summary>Entry names.</summary>
    public string[] Kernels { get; } = kernels;
}
