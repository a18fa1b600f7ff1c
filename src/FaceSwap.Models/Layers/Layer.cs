using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>A layer created on a backend for fixed shapes. It owns its operation; parameters, activations and workspace are the plan's.</summary>
public abstract class Layer : IDisposable
{
    private protected Layer(IParameterOperation operation, TensorShape output)
    {
        Operation = operation;
        Output = output;
    }

    /// <summary>Shape of one sample's result.</summary>
    public TensorShape Output { get; }

    /// <summary>The operation, for what concerns its kernel and its workspace.</summary>
    public IParameterOperation Operation { get; }

    /// <summary>Enqueues y = layer(x); y is overwritten.</summary>
    /// <param name="x">(N, input), activation type.</param>
    /// <param name="p">Its place in the slabs.</param>
    /// <param name="y">(N, output), activation type.</param>
    /// <param name="workspace">At least <see cref="IParameterOperation.WorkspaceBytes"/> bytes.</param>
    public abstract void Forward(DeviceSpan<byte> x, in LayerParameters p, DeviceSpan<byte> y, DeviceSpan<byte> workspace);

    /// <summary>Enqueues the gradients; dx and the gradients of kernel and bias are overwritten (=), dy is destroyed.</summary>
    /// <param name="x">The forward pass's input.</param>
    /// <param name="y">The forward pass's output.</param>
    /// <param name="dy">Gradient of y, activation type.</param>
    /// <param name="p">Its place in the slabs.</param>
    /// <param name="dx">Gradient of x, or empty when it is not needed.</param>
    /// <param name="workspace">At least <see cref="IParameterOperation.WorkspaceBytes"/> bytes.</param>
    public abstract void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, in LayerParameters p, DeviceSpan<byte> dx,
        DeviceSpan<byte> workspace);

    /// <inheritdoc/>
    public void Dispose() => Operation.Dispose();
}

/// <summary>A layer's places in the slabs.</summary>
/// <param name="Kernel">The kernel in the operation's order.</param>
/// <param name="Bias">(out).</param>
/// <param name="DKernel">Gradient of the kernel, in the same order; empty in inference.</param>
/// <param name="DBias">Gradient of the bias; empty in inference.</param>
public readonly record struct LayerParameters(DeviceSpan<float> Kernel, DeviceSpan<float> Bias, DeviceSpan<float> DKernel, DeviceSpan<float> DBias);

/// <summary>y = shuffle(act(conv(x) + b)).</summary>
internal sealed class Conv2dLayer(IConv2d operation, TensorShape output) : Layer(operation, output)
{
    public override void Forward(DeviceSpan<byte> x, in LayerParameters p, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        operation.Forward(x, p.Kernel, p.Bias, y, workspace);

    public override void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, in LayerParameters p, DeviceSpan<byte> dx,
        DeviceSpan<byte> workspace) =>
        operation.Backward(x, y, dy, p.Kernel, dx, p.DKernel, p.DBias, workspace);
}

/// <summary>y = x·W + b.</summary>
internal sealed class DenseLayer(IDense operation, TensorShape output) : Layer(operation, output)
{
    public override void Forward(DeviceSpan<byte> x, in LayerParameters p, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        operation.Forward(x, p.Kernel, p.Bias, y, workspace);

    public override void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, in LayerParameters p, DeviceSpan<byte> dx,
        DeviceSpan<byte> workspace) =>
        operation.Backward(x, dy, p.Kernel, dx, p.DKernel, p.DBias, workspace);
}
