using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of <c>fs_sigmoid_fwd_*</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_sigmoid_fwd_f32", "fs_sigmoid_fwd_bf16")]
internal struct SigmoidArguments
{
    public nint Z, P; // (count)
    public long Count;
    public int Vector;
    public int Unused; // the struct is a multiple of 8 bytes on both sides
}

/// <summary>Parameter of <c>fs_sigmoid_l1_fwd_*</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_sigmoid_l1_fwd_f32", "fs_sigmoid_l1_fwd_bf16")]
internal struct SigmoidL1Arguments
{
    public nint Z, Target, P, Dz; // (count)
    public nint Loss;             // (1)
    public nint Partial;          // (blocks), double
    public nint Ticket;           // (1), 0
    public long Count;
    public float Scale;
    public int Vector;
}
