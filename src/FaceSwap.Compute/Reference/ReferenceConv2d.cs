namespace FaceSwap.Compute.Reference;

/// <summary>The convolution of <see cref="ConvolutionForward"/> and its gradients. Kernels are kept in Keras order.</summary>
internal sealed unsafe class ReferenceConv2d(Conv2dSpec spec, int threads) : IConv2d
{
    private long DzCount => (long)spec.Batch * spec.ConvHeight * spec.ConvWidth * spec.OutChannels;

    public long KernelStorage => spec.KernelCount;

    public long WorkspaceBytes => spec.Training ? DzCount * sizeof(double) : 0;

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => ReferenceKernel.Import(keras, storage, KernelStorage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => ReferenceKernel.Export(storage, keras, KernelStorage, spec.Training);

    public void KernelChanged(DeviceSpan<float> kernel)
    {
        // Nothing is derived from the kernel.
    }

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace)
    {
        var a = new ConvolutionArguments
        {
            Spec = spec,
            X = HostSpan.Floats(x, spec.InputCount, nameof(x)),
            Kernel = HostSpan.Pointer(kernel, spec.KernelCount, nameof(kernel)),
            Bias = HostSpan.Pointer(bias, spec.OutChannels, nameof(bias)),
            Y = HostSpan.Floats(y, spec.OutputCount, nameof(y)),
        };
        ReferenceLoop.For(threads, ConvolutionForward.Turns(spec), new ConvolutionForward(a));
    }

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
        DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (!spec.Training)
            throw new InvalidOperationException("this convolution was created for inference");
        var a = new ConvolutionArguments
        {
            Spec = spec,
            X = HostSpan.Floats(x, spec.InputCount, nameof(x)),
            Y = HostSpan.Floats(y, spec.OutputCount, nameof(y)),
            Dy = HostSpan.Floats(dy, spec.OutputCount, nameof(dy)),
            Kernel = HostSpan.Pointer(kernel, spec.KernelCount, nameof(kernel)),
            DKernel = HostSpan.Pointer(dKernel, spec.KernelCount, nameof(dKernel)),
            DBias = HostSpan.Pointer(dBias, spec.OutChannels, nameof(dBias)),
            Dz = HostSpan.Pointer(workspace.Slice(0, WorkspaceBytes).As<double>(), DzCount, nameof(workspace)),
        };
        ReferenceLoop.For(threads, ConvolutionSlope.Turns(spec), new ConvolutionSlope(a));
        ReferenceLoop.For(threads, ConvolutionKernel.Turns(spec), new ConvolutionKernel(a));
        ReferenceLoop.For(threads, ConvolutionBias.Turns(spec), new ConvolutionBias(a));
        if (!spec.InputGradient || dx.IsEmpty)
            return;
        a.Dx = HostSpan.Floats(dx, spec.InputCount, nameof(dx));
        ReferenceLoop.For(threads, ConvolutionData.Turns(spec), new ConvolutionData(a));
    }

    public void Dispose()
    {
        // It owns nothing.
    }
}

/// <summary>Kernels in Keras order: importing is copying.</summary>
internal static class ReferenceKernel
{
    public static void Import(ReadOnlySpan<float> keras, DeviceSpan<float> storage, long count)
    {
        Check(keras.Length, storage, count);
        keras.CopyTo(HostSpan.Managed(storage));
    }

    public static void Export(DeviceSpan<float> storage, Span<float> keras, long count, bool training)
    {
        KernelExport.Require(training);
        Check(keras.Length, storage, count);
        HostSpan.Managed(storage).CopyTo(keras);
    }

    private static void Check(int keras, DeviceSpan<float> storage, long count)
    {
        if (keras != count || storage.Length != count)
            throw new ArgumentException($"a kernel of {count} elements cannot pass between {keras} and {storage.Length}");
    }
}
