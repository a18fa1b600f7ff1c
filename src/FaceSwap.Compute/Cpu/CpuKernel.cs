using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>What convolution and dense layer share: moving kernels between Keras order and the engine's, and checking the workspace.</summary>
internal static unsafe class CpuKernel
{
    public static void Import(SafeDnnConvHandle conv, long count, ReadOnlySpan<float> keras, DeviceSpan<float> storage)
    {
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was given {keras.Length}", nameof(keras));
        fixed (float* from = keras)
            ShimNative.fs_dnn_conv_import_kernel(conv, from, HostSpan.Pointer(storage, conv.KernelStorage, nameof(storage)));
    }

    public static void Export(SafeDnnConvHandle conv, long count, bool training, DeviceSpan<float> storage, Span<float> keras)
    {
        KernelExport.Require(training);
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was asked for as {keras.Length}", nameof(keras));
        fixed (float* to = keras)
            ShimNative.fs_dnn_conv_export_kernel(conv, HostSpan.Pointer(storage, conv.KernelStorage, nameof(storage)), to);
    }

    public static void* Workspace(DeviceSpan<byte> workspace, long needed) => workspace.Length >= needed
        ? (void*)workspace.Address
        : throw new ArgumentException($"a workspace of {workspace.Length} bytes where {needed} are needed", nameof(workspace));
}
