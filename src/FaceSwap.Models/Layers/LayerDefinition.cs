using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>What a plan decides about all of its layers.</summary>
/// <param name="Batch">Samples in each pass.</param>
/// <param name="Precision">Arithmetic and element type of the activations.</param>
/// <param name="Training">Whether Backward will be asked for.</param>
public readonly record struct LayerOptions(int Batch, Precision Precision, bool Training);

/// <summary>One layer of a part as the model's author writes it: no sizes that follow from its input, no memory.</summary>
public abstract record LayerDefinition
{
    /// <summary>The word that Keras numbers such layers under (<c>conv2d</c>, <c>dense</c>), or null for a layer without weights.</summary>
    public abstract string? WeightPrefix { get; }

    /// <summary>The shape that it makes of its input's.</summary>
    /// <exception cref="ArgumentException">It cannot take this input.</exception>
    public abstract TensorShape Output(TensorShape input);

    /// <summary>The kernel's shape in Keras order; empty for a layer without weights. The bias has the last number's length.</summary>
    public abstract IReadOnlyList<int> KernelShape(TensorShape input);

    /// <summary>Multiplications and additions of one pass (forward, gradient of the input, gradient of the kernel) over one sample.</summary>
    public abstract long FlopsPerPass(TensorShape input);

    /// <summary>Creates the layer on a backend, or null when there is nothing to compute.</summary>
    /// <param name="backend">Where it will run.</param>
    /// <param name="input">Shape of its input.</param>
    /// <param name="options">The plan's choices.</param>
    /// <param name="inputGradient">Whether the gradient of its input is needed.</param>
    public abstract Layer? Create(IBackend backend, TensorShape input, LayerOptions options, bool inputGradient);
}

/// <summary>A 'same' convolution with bias, activation and, if asked, pixel shuffle ×2.</summary>
/// <param name="Filters">Output channels before the pixel shuffle.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Stride both ways.</param>
/// <param name="Activation">What follows the bias.</param>
/// <param name="LeakySlope">Slope of LeakyReLU below zero.</param>
/// <param name="PixelShuffle">Whether the result is rearranged to twice the size and a quarter of the channels.</param>
public sealed record Conv2dDefinition(int Filters, int Kernel, int Stride, Activation Activation, float LeakySlope, bool PixelShuffle)
    : LayerDefinition
{
    /// <inheritdoc/>
    public override string WeightPrefix => "conv2d";

    /// <inheritdoc/>
    public override TensorShape Output(TensorShape input)
    {
        Conv2dSpec spec = Spec(input, new LayerOptions(1, Precision.Fp32, false), false);
        return new TensorShape(spec.OutHeight, spec.OutWidth, spec.FinalChannels);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> KernelShape(TensorShape input) => [Kernel, Kernel, input.Channels, Filters];

    /// <inheritdoc/>
    public override long FlopsPerPass(TensorShape input) => Spec(input, new LayerOptions(1, Precision.Fp32, false), false).FlopsPerPass;

    /// <inheritdoc/>
    public override Layer Create(IBackend backend, TensorShape input, LayerOptions options, bool inputGradient) =>
        new Conv2dLayer(backend.CreateConv2d(Spec(input, options, inputGradient)), Output(input));

    private Conv2dSpec Spec(TensorShape input, LayerOptions options, bool inputGradient) => new(options.Batch, input.Height, input.Width,
        input.Channels, Filters, Kernel, Stride, Activation, LeakySlope, PixelShuffle, options.Precision, options.Training, inputGradient);
}

/// <summary>A dense layer over the flattened input, in (h, w, c) order.</summary>
/// <param name="Outputs">Length of the result.</param>
public sealed record DenseDefinition(int Outputs) : LayerDefinition
{
    /// <inheritdoc/>
    public override string WeightPrefix => "dense";

    /// <inheritdoc/>
    public override TensorShape Output(TensorShape input) => new(1, 1, Outputs);

    /// <inheritdoc/>
    public override IReadOnlyList<int> KernelShape(TensorShape input) => [input.Count, Outputs];

    /// <inheritdoc/>
    public override long FlopsPerPass(TensorShape input) => 2L * input.Count * Outputs;

    /// <inheritdoc/>
    public override Layer Create(IBackend backend, TensorShape input, LayerOptions options, bool inputGradient) =>
        new DenseLayer(backend.CreateDense(new DenseSpec(options.Batch, input.Count, Outputs, options.Precision, options.Training, inputGradient)),
            Output(input));
}

/// <summary>Gives the same elements another shape, in (h, w, c) order.</summary>
/// <param name="Shape">The new shape.</param>
public sealed record ReshapeDefinition(TensorShape Shape) : LayerDefinition
{
    /// <inheritdoc/>
    public override string? WeightPrefix => null;

    /// <inheritdoc/>
    public override TensorShape Output(TensorShape input) => input.Count == Shape.Count
        ? Shape
        : throw new ArgumentException($"{input} cannot be reshaped to {Shape}", nameof(input));

    /// <inheritdoc/>
    public override IReadOnlyList<int> KernelShape(TensorShape input) => [];

    /// <inheritdoc/>
    public override long FlopsPerPass(TensorShape input) => 0;

    /// <inheritdoc/>
    public override Layer? Create(IBackend backend, TensorShape input, LayerOptions options, bool inputGradient) => null;
}
