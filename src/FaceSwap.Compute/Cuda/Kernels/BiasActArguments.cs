using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of the forward kernels in <c>bias_act.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_bias_act_fwd_f32", "fs_bias_act_fwd_bf16", "fs_bias_act_shuffle_fwd_f32", "fs_bias_act_shuffle_fwd_bf16")]
internal struct BiasActArguments
{
    public nint X;      // (pixels, channels)
    public nint Bias;   // (channels)
    public nint Y;      // as X, or shuffled
    public long Pixels;
    public int Channels;
    public float Slope; // 1: no activation
    public int Vector;
    public int Width;
    public KernelDivisor ByWidth;
}

/// <summary>Parameter of the backward kernels in <c>bias_act.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_bias_act_bwd_f32", "fs_bias_act_bwd_bf16", "fs_bias_act_shuffle_bwd_f32", "fs_bias_act_shuffle_bwd_bf16")]
internal struct BiasActBackwardArguments
{
    public nint Dy;      // as Y
    public nint Y;       // as Dx, or shuffled; 0: no activation
    public nint Dx;      // (pixels, channels); 0: only the sums
    public nint Partial; // (chunks, channels)
    public long Pixels;
    public int Channels;
    public float Slope;
    public int Vector;
    public int Width;
    public KernelDivisor ByWidth;
}

/// <summary>Parameter of <c>fs_bias_grad_bwd_f32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_bias_grad_bwd_f32")]
internal struct BiasGradArguments
{
    public nint Partial; // (chunks, channels)
    public nint DBias;   // (channels)
    public int Chunks;
    public int Channels;
}

/// <summary>Parameter of the kernels in <c>bias_sum.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_bias_sum_bwd_f32", "fs_bias_sum_bwd_bf16")]
internal struct BiasSumArguments
{
    public nint Dy;    // (rows, channels)
    public nint DBias; // (channels)
    public long Rows;
    public int Channels;
    public int Vector;
}

/// <summary>Parameter of the kernels in <c>pad.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_pad_fwd_f32", "fs_pad_fwd_bf16", "fs_crop_bwd_f32", "fs_crop_bwd_bf16")]
internal struct PadArguments
{
    public nint From, To;
    public long NarrowRow, WideRow, Left; // units
    public int Rows;
    public int NarrowHeight, WideHeight, Top;
    public int Vector;
    public KernelDivisor ByHeight;
}
