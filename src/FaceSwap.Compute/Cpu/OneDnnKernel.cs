using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>What oneDNN's convolution and dense layer share: moving kernels between Keras order and the stored one, which in training are the same.</summary>
internal static unsafe class OneDnnKernel
{
    public static void Import(SafeOneDnnProductHandle product, long count, ReadOnlySpan<float> keras, DeviceSpan<float> storage)
    {
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was given {keras.Length}", nameof(keras));
        fixed (float* from = keras)
            ShimException.ThrowIfFailed(ShimNative.fs_onednn_import_kernel(product, from, HostSpan.Pointer(storage, product.KernelStorage, nameof(storage))));
    }

    public static void Export(DeviceSpan<float> storage, long count, bool training, Span<float> keras)
    {
        KernelExport.Require(training);
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was asked for as {keras.Length}", nameof(keras));
        new ReadOnlySpan<float>(HostSpan.Pointer(storage, count, nameof(storage)), keras.Length).CopyTo(keras);
    }
}
