namespace FaceSwap.Compute.Cpu;

/// <summary>Kernels that are stored as Keras has them: import and export are copies.</summary>
internal static unsafe class OneDnnKernel
{
    public static void Import(ReadOnlySpan<float> keras, long count, DeviceSpan<float> storage)
    {
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was given {keras.Length}", nameof(keras));
        keras.CopyTo(new Span<float>(HostSpan.Pointer(storage, count, nameof(storage)), keras.Length));
    }

    public static void Export(DeviceSpan<float> storage, long count, Span<float> keras)
    {
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was asked for as {keras.Length}", nameof(keras));
        new ReadOnlySpan<float>(HostSpan.Pointer(storage, count, nameof(storage)), keras.Length).CopyTo(keras);
    }
}
