using FaceSwap.Core;

namespace FaceSwap.Compute;

/// <summary>What follows a layer's bias.</summary>
public enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>x for x ≥ 0, otherwise slope·x.</summary>
    LeakyRelu,
}

/// <summary>
/// A 2-D convolution with 'same' padding as TensorFlow defines it (total padding max(0, (⌈in/stride⌉ − 1)·stride + kernel − in), the
/// smaller half before) or as much on every side as <see cref="Padding"/> says, bias, activation and, if asked, pixel shuffle ×2, fused into one operation.
/// </summary>
/// <param name="Batch">N.</param>
/// <param name="InHeight">Input height.</param>
/// <param name="InWidth">Input width.</param>
/// <param name="InChannels">Input channels.</param>
/// <param name="OutChannels">Output channels of the convolution, before the pixel shuffle.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
/// <param name="Stride">Stride both ways.</param>
/// <param name="Activation">What follows the bias.</param>
/// <param name="LeakySlope">Slope of <see cref="Activation.LeakyRelu"/> below zero. With 0, ReLU, only the forward pass means anything: the backward pass
/// takes the slope from the result's sign.</param>
/// <param name="PixelShuffle">Rearranges (h, w, [ry, rx, c]) to (2h, 2w, c), channel index ry·2c + rx·c + c', after the activation.</param>
/// <param name="Precision">Arithmetic and element type of the activations.</param>
/// <param name="Training">False when the backward pass will never be asked for.</param>
/// <param name="InputGradient">False when the gradient with respect to the input is never needed (a network's first layer).</param>
public readonly record struct Conv2dSpec(int Batch, int InHeight, int InWidth, int InChannels, int OutChannels, int Kernel, int Stride,
    Activation Activation, float LeakySlope, bool PixelShuffle, Precision Precision, bool Training, bool InputGradient)
{
    /// <summary>Zeros on each side of the input, both ways; null: 'same'. With it the last rows and columns that fill no kernel are left out: the result
    /// has ⌊(in + 2·padding − kernel)/stride⌋ + 1 rows.</summary>
    public int? Padding { get; init; }

    /// <summary>Takes the first way to compute that works, where a backend otherwise times several: for shapes that come and go with the input, where timing
    /// would take longer than it gains.</summary>
    public bool Untimed { get; init; }

    /// <summary>Height of the convolution's result, before the pixel shuffle: ⌈in/stride⌉ with 'same' padding.</summary>
    public int ConvHeight => Results(InHeight);

    /// <summary>Width of the convolution's result, before the pixel shuffle.</summary>
    public int ConvWidth => Results(InWidth);

    /// <summary>Rows of padding before the input.</summary>
    public int PadTop => Before(InHeight);

    /// <summary>Columns of padding before the input.</summary>
    public int PadLeft => Before(InWidth);

    /// <summary>Height of the operation's output.</summary>
    public int OutHeight => PixelShuffle ? 2 * ConvHeight : ConvHeight;

    /// <summary>Width of the operation's output.</summary>
    public int OutWidth => PixelShuffle ? 2 * ConvWidth : ConvWidth;

    /// <summary>Channels of the operation's output.</summary>
    public int FinalChannels => PixelShuffle ? OutChannels / 4 : OutChannels;

    /// <summary>Elements of the input, N·H·W·C.</summary>
    public long InputCount => (long)Batch * InHeight * InWidth * InChannels;

    /// <summary>Elements of the output, N·H·W·C.</summary>
    public long OutputCount => (long)Batch * OutHeight * OutWidth * FinalChannels;

    /// <summary>Elements of the kernel, HWIO.</summary>
    public long KernelCount => (long)Kernel * Kernel * InChannels * OutChannels;

    /// <summary>Multiplications and additions of one pass (forward, data or weight gradient): 2·N·H'·W'·K²·Cin·Cout.</summary>
    public long FlopsPerPass => 2L * Batch * ConvHeight * ConvWidth * KernelCount;

    private int Results(int inputs) => Padding is { } padding ? ((inputs + (2 * padding) - Kernel) / Stride) + 1 : (inputs + Stride - 1) / Stride;

    private int Before(int inputs) => Padding ?? Math.Max(0, ((Results(inputs) - 1) * Stride) + Kernel - inputs) / 2;
}

/// <summary>y = x·W + b. W is (in, out), in×out row-major in Keras order.</summary>
/// <param name="Batch">Rows of x.</param>
/// <param name="Inputs">Columns of x.</param>
/// <param name="Outputs">Columns of y.</param>
/// <param name="Precision">Arithmetic and element type of the activations.</param>
/// <param name="Training">False when the backward pass will never be asked for.</param>
/// <param name="InputGradient">False when the gradient with respect to the input is never needed.</param>
public readonly record struct DenseSpec(int Batch, int Inputs, int Outputs, Precision Precision, bool Training, bool InputGradient)
{
    /// <summary>Elements of the kernel.</summary>
    public long KernelCount => (long)Inputs * Outputs;

    /// <summary>Multiplications and additions of one pass.</summary>
    public long FlopsPerPass => 2L * Batch * KernelCount;
}

/// <summary>p = 1/(1 + e^−z); loss = mean |p − target|; dz = sign(p − target)·p·(1 − p)/count, with sign(0) = 0.</summary>
/// <param name="Count">Elements of z: N·H·W·C.</param>
/// <param name="Precision">Element type of z and dz; target and p are fp32.</param>
public readonly record struct SigmoidL1Spec(long Count, Precision Precision);

/// <summary>
/// Adam in Keras' form (Kingma and Ba, 2015): m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²;
/// lr_t = lr·√(1 − β2^t)/(1 − β1^t); p −= lr_t·m/(√v + ε), with t read from device memory.
/// </summary>
/// <param name="Count">Parameters updated.</param>
/// <param name="LearningRate">lr.</param>
/// <param name="Beta1">β1.</param>
/// <param name="Beta2">β2.</param>
/// <param name="Epsilon">ε, outside the bias correction.</param>
public readonly record struct AdamSpec(long Count, float LearningRate, float Beta1, float Beta2, float Epsilon);

/// <summary>How a pooling window becomes one value.</summary>
public enum Pooling
{
    /// <summary>Its largest.</summary>
    Max,

    /// <summary>Its mean.</summary>
    Average,
}

/// <summary>Pooling without padding: the result has ⌊(in − kernel)/stride⌋ + 1 rows, and likewise columns; what fills no window is left out. fp32, forward only.</summary>
/// <param name="Batch">N.</param>
/// <param name="InHeight">Input height, at least the kernel's.</param>
/// <param name="InWidth">Input width, at least the kernel's.</param>
/// <param name="Channels">C.</param>
/// <param name="Kernel">Height and width of the window.</param>
/// <param name="Stride">Stride both ways.</param>
/// <param name="Pooling">What a window becomes.</param>
public readonly record struct Pool2dSpec(int Batch, int InHeight, int InWidth, int Channels, int Kernel, int Stride, Pooling Pooling)
{
    /// <summary>Height of the result.</summary>
    public int OutHeight => ((InHeight - Kernel) / Stride) + 1;

    /// <summary>Width of the result.</summary>
    public int OutWidth => ((InWidth - Kernel) / Stride) + 1;

    /// <summary>Elements of the input.</summary>
    public long InputCount => (long)Batch * InHeight * InWidth * Channels;

    /// <summary>Elements of the result.</summary>
    public long OutputCount => (long)Batch * OutHeight * OutWidth * Channels;
}

/// <summary>y = max(0, a + b) where either is taken as zero outside its own height, width and channels; y has the larger of each. fp32, forward only.</summary>
/// <param name="Batch">N.</param>
/// <param name="A">(H, W, C) of a.</param>
/// <param name="B">(H, W, C) of b.</param>
public readonly record struct AddReluSpec(int Batch, (int Height, int Width, int Channels) A, (int Height, int Width, int Channels) B)
{
    /// <summary>(H, W, C) of the result.</summary>
    public (int Height, int Width, int Channels) Y => (Math.Max(A.Height, B.Height), Math.Max(A.Width, B.Width), Math.Max(A.Channels, B.Channels));

    /// <summary>Elements of a batch of a shape.</summary>
    public long Count((int Height, int Width, int Channels) shape) => (long)Batch * shape.Height * shape.Width * shape.Channels;
}

/// <summary>An operation with a kernel and a bias in the parameter slab.</summary>
public interface IParameterOperation : IDisposable
{
    /// <summary>Units of 4 bytes that the kernel takes in the slab. In training they are fp32 elements: the Keras count, or more where the backend's order
    /// pads. In inference they are whatever the forward pass reads, and half as many in bf16: nothing else is kept of the kernel.</summary>
    long KernelStorage { get; }

    /// <summary>Puts a kernel (or its gradient or moment) from Keras order into a span of <see cref="KernelStorage"/> units, aligned to 64 bytes. Not
    /// part of a recording. Padding becomes zero. Beside the two it needs memory of bounded size at most.</summary>
    void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage);

    /// <summary>Elements of the Keras order of whose multiples <see cref="ImportKernelPart"/> takes parts; 0: it takes none, the kernel must be imported whole.</summary>
    int ImportUnit => 0;

    /// <summary>Puts a part of a kernel where <see cref="ImportKernel"/> puts it, so that the whole need not be in memory at once. Imported are those kernels of which
    /// every part was.</summary>
    /// <param name="first">Index of the part's first element, a multiple of <see cref="ImportUnit"/>, as is the number of its elements.</param>
    /// <param name="keras">The part.</param>
    /// <param name="storage">Of the whole kernel.</param>
    /// <exception cref="NotSupportedException"><see cref="ImportUnit"/> is 0.</exception>
    void ImportKernelPart(long first, ReadOnlySpan<float> keras, DeviceSpan<float> storage) => throw new NotSupportedException("this operation imports kernels whole");

    /// <summary>The inverse of <see cref="ImportKernel"/>.</summary>
    /// <exception cref="InvalidOperationException">The operation was created for inference.</exception>
    void ExportKernel(DeviceSpan<float> storage, Span<float> keras);

    /// <summary>Enqueues whatever the operation derives from the master kernel in training (a bf16 or transposed copy). To be called after
    /// every change of the kernel, before the next Forward or Backward.</summary>
    void KernelChanged(DeviceSpan<float> kernel);

    /// <summary>Scratch bytes that Forward and Backward need. Contents need not survive between calls, so that one block serves all.</summary>
    long WorkspaceBytes { get; }
}

/// <summary>A convolution prepared for fixed shapes.</summary>
public interface IConv2d : IParameterOperation
{
    /// <summary>y = shuffle(act(conv(x, kernel) + bias)).</summary>
    /// <param name="x">(N, H, W, Cin), activation type.</param>
    /// <param name="kernel">The kernel's storage.</param>
    /// <param name="bias">(Cout), fp32.</param>
    /// <param name="y">(N, OutHeight, OutWidth, FinalChannels), activation type; overwritten.</param>
    /// <param name="workspace">At least <see cref="IParameterOperation.WorkspaceBytes"/>.</param>
    void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace);

    /// <summary>Gradients. <paramref name="dx"/>, <paramref name="dKernel"/> and <paramref name="dBias"/> are overwritten (=).</summary>
    /// <param name="x">The forward pass's input.</param>
    /// <param name="y">The forward pass's output (the activation's slope is recovered from its sign).</param>
    /// <param name="dy">Gradient of the output, activation type; destroyed.</param>
    /// <param name="kernel">The kernel's storage.</param>
    /// <param name="dx">Gradient of the input, activation type; empty when the spec says it is not needed.</param>
    /// <param name="dKernel">Gradient of the kernel in the storage's order, fp32.</param>
    /// <param name="dBias">Gradient of the bias, fp32.</param>
    /// <param name="workspace">At least <see cref="IParameterOperation.WorkspaceBytes"/>.</param>
    void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
        DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace);
}

/// <summary>A dense layer prepared for fixed shapes.</summary>
public interface IDense : IParameterOperation
{
    /// <summary>y = x·W + b; <paramref name="y"/> is overwritten. x is (N, in), y is (N, out), activation type.</summary>
    void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace);

    /// <summary>Gradients, all overwritten (=): dx = dy·Wᵀ (not computed when empty), dKernel = xᵀ·dy, dBias = Σ_n dy.</summary>
    void Backward(DeviceSpan<byte> x, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx, DeviceSpan<float> dKernel,
        DeviceSpan<float> dBias, DeviceSpan<byte> workspace);
}

/// <summary>The end of a decoder.</summary>
public interface ISigmoidL1 : IDisposable
{
    /// <summary>p = sigmoid(z). z is of the activation type, p fp32.</summary>
    void Sigmoid(DeviceSpan<byte> z, DeviceSpan<float> p);

    /// <summary>p = sigmoid(z); loss[0] = mean |p − target|; dz as the spec says. The reduction's order is fixed.</summary>
    void Forward(DeviceSpan<byte> z, DeviceSpan<float> target, DeviceSpan<float> p, DeviceSpan<float> loss, DeviceSpan<byte> dz);
}

/// <summary>Adam over a range of the slabs.</summary>
public interface IAdam : IDisposable
{
    /// <summary>Updates <paramref name="parameters"/>, <paramref name="m"/> and <paramref name="v"/> in place (+=).</summary>
    /// <param name="parameters">fp32, spec.Count elements.</param>
    /// <param name="gradients">fp32.</param>
    /// <param name="m">First moment.</param>
    /// <param name="v">Second moment.</param>
    /// <param name="step">t, already incremented: 1 in the first update.</param>
    void Update(DeviceSpan<float> parameters, DeviceSpan<float> gradients, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<long> step);
}

/// <summary>Pooling prepared for fixed shapes.</summary>
public interface IPool2d : IDisposable
{
    /// <summary>y = pool(x).</summary>
    /// <param name="x">(N, H, W, C) fp32.</param>
    /// <param name="y">(N, OutHeight, OutWidth, C) fp32; overwritten.</param>
    void Forward(DeviceSpan<float> x, DeviceSpan<float> y);
}

/// <summary>The end of a residual block prepared for fixed shapes.</summary>
public interface IAddRelu : IDisposable
{
    /// <summary>y = max(0, a + b).</summary>
    /// <param name="a">(N, A) fp32.</param>
    /// <param name="b">(N, B) fp32.</param>
    /// <param name="y">(N, Y) fp32; overwritten. It may not overlap a or b.</param>
    void Forward(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y);
}
