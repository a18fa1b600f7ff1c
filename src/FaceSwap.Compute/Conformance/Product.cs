namespace FaceSwap.Compute.Conformance;

/// <summary>A convolution or a dense layer, as the cases see both: sums of products of an input and a kernel, then bias and activation.</summary>
internal abstract record Product(string Name)
{
    public abstract long XCount { get; }

    public abstract long YCount { get; }

    public abstract long KernelCount { get; }

    public abstract int BiasCount { get; }

    /// <summary>Products in one result of the forward pass.</summary>
    public abstract long ForwardTerms { get; }

    /// <summary>Products in one result of the input's gradient.</summary>
    public abstract long DataTerms { get; }

    /// <summary>Products in one result of the kernel's gradient.</summary>
    public abstract long KernelTerms { get; }

    /// <summary>Slope below zero; 1 without activation.</summary>
    public abstract float Slope { get; }

    /// <summary>Whether the gradient of the input is computed.</summary>
    public abstract bool InputGradient { get; }

    /// <summary>The same without activation.</summary>
    public abstract Product Linear();

    public abstract IProductOperation Create(IBackend backend, Precision precision, bool training);
}

/// <summary>The operation behind a <see cref="Product"/>.</summary>
internal interface IProductOperation : IDisposable
{
    IParameterOperation Parameters { get; }

    void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace);

    void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
        DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace);
}

internal sealed record ConvolutionProduct(Conv2dSpec Spec) : Product(
    $"conv2d b{Spec.Batch} {Spec.InHeight}×{Spec.InWidth} {Spec.InChannels}→{Spec.OutChannels} k{Spec.Kernel} s{Spec.Stride}"
    + (Spec.Activation == Activation.LeakyRelu ? " leaky" : "") + (Spec.PixelShuffle ? " shuffle" : "") + (Spec.Padding is { } padding ? $" p{padding}" : ""))
{
    public override long XCount => Spec.InputCount;

    public override long YCount => Spec.OutputCount;

    public override long KernelCount => Spec.KernelCount;

    public override int BiasCount => Spec.OutChannels;

    public override long ForwardTerms => ((long)Spec.Kernel * Spec.Kernel * Spec.InChannels) + 1;

    public override long DataTerms => (long)Spec.Kernel * Spec.Kernel * Spec.OutChannels;

    public override long KernelTerms => (long)Spec.Batch * Spec.ConvHeight * Spec.ConvWidth;

    public override float Slope => Spec.Activation == Activation.LeakyRelu ? Spec.LeakySlope : 1;

    public override bool InputGradient => Spec.InputGradient;

    public override Product Linear() => new ConvolutionProduct(Spec with { Activation = Activation.None });

    public override IProductOperation Create(IBackend backend, Precision precision, bool training) =>
        new Operation(backend.CreateConv2d(Spec with { Precision = precision, Training = training, InputGradient = training && InputGradient }));

    private sealed class Operation(IConv2d inner) : IProductOperation
    {
        public IParameterOperation Parameters => inner;

        public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
            inner.Forward(x, kernel, bias, y, workspace);

        public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
            DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace) =>
            inner.Backward(x, y, dy, kernel, dx, dKernel, dBias, workspace);

        public void Dispose() => inner.Dispose();
    }
}

internal sealed record DenseProduct(int Batch, int Inputs, int Outputs, bool InputGradient) : Product($"dense b{Batch} {Inputs}→{Outputs}")
{
    public override long XCount => (long)Batch * Inputs;

    public override long YCount => (long)Batch * Outputs;

    public override long KernelCount => (long)Inputs * Outputs;

    public override int BiasCount => Outputs;

    public override long ForwardTerms => Inputs + 1;

    public override long DataTerms => Outputs;

    public override long KernelTerms => Batch;

    public override float Slope => 1;

    public override bool InputGradient { get; } = InputGradient;

    public override Product Linear() => this;

    public override IProductOperation Create(IBackend backend, Precision precision, bool training) =>
        new Operation(backend.CreateDense(new DenseSpec(Batch, Inputs, Outputs, precision, training, training && InputGradient)));

    private sealed class Operation(IDense inner) : IProductOperation
    {
        public IParameterOperation Parameters => inner;

        public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
            inner.Forward(x, kernel, bias, y, workspace);

        public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
            DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace) =>
            inner.Backward(x, dy, kernel, dx, dKernel, dBias, workspace);

        public void Dispose() => inner.Dispose();
    }
}
