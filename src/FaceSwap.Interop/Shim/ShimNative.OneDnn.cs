using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>The shapes of a convolution or a dense layer, as <c>fs_onednn_spec</c> of <c>onednn_product.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OneDnnSpec
{
    public int Batch;
    public int InHeight;
    public int InWidth;
    public int InChannels;
    public int OutHeight;
    public int OutWidth;
    public int OutChannels;
    public int Kernel;
    public int Stride;
    public int PadTop;
    public int PadLeft;
    public int Dense;
    public int PixelShuffle;
    public int BFloat16;
    public int Training;
    public int InputGradient;
    public int Threads;
    public float Slope;
}

public static unsafe partial class ShimNative
{
    [LibraryImport(Library)]
    public static partial int fs_onednn_has_bf16();

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_onednn_new(in OneDnnSpec spec, out nint product, out long kernelStorage, out long workspaceBytes);

    [LibraryImport(Library)]
    internal static partial void fs_onednn_free(nint product);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_onednn_import_kernel(SafeOneDnnProductHandle product, float* keras, float* storage);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_onednn_kernel_changed(SafeOneDnnProductHandle product, float* kernel);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_onednn_forward(SafeOneDnnProductHandle product, void* x, float* kernel, float* bias, void* y, void* workspace);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_onednn_backward(SafeOneDnnProductHandle product, void* x, void* y, void* dy, float* kernel, void* dx,
        float* dKernel, float* dBias, void* workspace);
}
