using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of <c>fs_adam_f32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_adam_f32")]
internal struct AdamArguments
{
    public nint P, G, M, V; // (count)
    public nint Copy;       // (count) bf16, or 0
    public nint Step;
    public long Count;
    public double Rate, Beta1Wide, Beta2Wide;
    public float Beta1, Beta2, Rest1, Rest2, Epsilon;
    public int Vector;
}
