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

    public static int Unit(SafeDnnConvHandle conv, int outputs) => ShimNative.fs_dnn_conv_import_rows(conv) * outputs;

    public static void ImportPart(SafeDnnConvHandle conv, long count, int outputs, long first, ReadOnlySpan<float> keras, DeviceSpan<float> storage)
    {
        int unit = Unit(conv, outputs);
        if (unit == 0)
            throw new NotSupportedException("this operation imports kernels whole");
        if (first < 0 || first % unit != 0 || keras.Length % unit != 0 || first + keras.Length > count)
            throw new ArgumentException($"elements {first} to {first + keras.Length} are no part of a kernel of {count} in units of {unit}", nameof(keras));
        fixed (float* from = keras)
            ShimNative.fs_dnn_conv_import_kernel_rows(conv, from, first / outputs, keras.Length / outputs, HostSpan.Pointer(storage, conv.KernelStorage, nameof(storage)));
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
