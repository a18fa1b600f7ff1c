using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A convolution's shapes, as <c>fs_dnn_conv_spec</c> of <c>dnn_conv.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DnnConvSpec
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
    public int PixelShuffle;
    public int BFloat16;
    public int Training;
    public int InputGradient;
    public float Slope;
}

public static unsafe partial class ShimNative
{
    [LibraryImport(Library)]
    internal static partial ShimStatus fs_dnn_pool_new(int threads, out nint pool);

    [LibraryImport(Library)]
    internal static partial void fs_dnn_pool_free(nint pool);

    [LibraryImport(Library)]
    public static partial void fs_dnn_pool_run(SafeDnnPoolHandle pool, delegate* unmanaged<void*, int, int, void> task, void* context, int tasks);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_dnn_memory_new(SafeDnnPoolHandle pool, long bytes, out nint memory);

    [LibraryImport(Library)]
    internal static partial void fs_dnn_memory_free(nint memory, long bytes);

    [LibraryImport(Library)]
    public static partial int fs_dnn_has_bf16();

    [LibraryImport(Library)]
    public static partial byte* fs_dnn_instruction_set();

    [LibraryImport(Library)]
    public static partial ShimStatus fs_dnn_measure(SafeDnnPoolHandle pool, out double fp32, out double bf16, out double memory);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_dnn_conv_new(SafeDnnPoolHandle pool, in DnnConvSpec spec, out nint conv, out long kernelStorage, out long workspaceBytes);

    [LibraryImport(Library)]
    internal static partial void fs_dnn_conv_free(nint conv);

    [LibraryImport(Library)]
    public static partial void fs_dnn_conv_import_kernel(SafeDnnConvHandle conv, float* keras, float* storage);

    [LibraryImport(Library)]
    public static partial int fs_dnn_conv_import_rows(SafeDnnConvHandle conv);

    [LibraryImport(Library)]
    public static partial void fs_dnn_conv_import_kernel_rows(SafeDnnConvHandle conv, float* keras, long first, long count, float* storage);

    [LibraryImport(Library)]
    public static partial void fs_dnn_conv_export_kernel(SafeDnnConvHandle conv, float* storage, float* keras);

    [LibraryImport(Library)]
    public static partial void fs_dnn_conv_forward(SafeDnnConvHandle conv, void* x, float* kernel, float* bias, void* y, void* workspace);

    [LibraryImport(Library)]
    public static partial void fs_dnn_conv_backward(SafeDnnConvHandle conv, void* x, void* y, void* dy, float* kernel, void* dx, float* dKernel,
        float* dBias, void* workspace);
}
