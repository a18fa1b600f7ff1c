using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of the kernels in <c>pool.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_pool_max_fwd_f32", "fs_pool_average_fwd_f32")]
internal struct PoolArguments
{
    public nint X, Y;
    public long Row, InRow, InImage; // units
    public int Units, Kernel, Stride, Rows, Height, Vector;
    public KernelDivisor ByHeight, ByUnits;
}

/// <summary>A summand of <see cref="AddReluArguments"/>; its channels count in units.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Summand
{
    public nint Values;
    public int Height, Width, Units, Padding;
}

/// <summary>Parameter of <c>fs_add_relu_fwd_f32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_add_relu_fwd_f32")]
internal struct AddReluArguments
{
    public Summand A, B;
    public nint Y;
    public long Row; // units
    public int Units, Rows, Height, Vector;
    public KernelDivisor ByHeight, ByUnits;
}
