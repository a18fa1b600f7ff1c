using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of <c>fs_augment_draw_fwd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_augment_draw_fwd")]
internal struct AugmentDrawArguments
{
    public nint Step;
    public nint Draws; // (batch)
    public ulong Seed;
    public int Batch, FaceCount, FaceSize, Side;
    public float WarpSigma, Rotation, ScaleRange, ShiftRange, MirrorProbability;
    public int Unused; // the struct is a multiple of 8 bytes on both sides
}

/// <summary>Parameter of <c>fs_augment_gather_fwd_*</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_augment_gather_fwd_f32", "fs_augment_gather_fwd_bf16")]
internal struct AugmentGatherArguments
{
    public nint Faces, Draws, Warped, Target;
    public int FaceCount, FaceSize, OutputSize, Vector;
    public float FirstKnot, KnotStep, GridFirst, GridScale;
    public KernelDivisor ByOutputSize;
}
