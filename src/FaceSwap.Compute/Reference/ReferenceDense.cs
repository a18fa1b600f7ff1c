namespace FaceSwap.Compute.Reference;

/// <summary>y = x·W + b and its gradients: the 1×1 convolution of a batch of 1×1 images with <c>Inputs</c> channels.</summary>
internal sealed class ReferenceDense(DenseSpec spec, int threads) : IDense
{
    private readonly ReferenceConv2d convolution = new(new Conv2dSpec(spec.Batch, 1, 1, spec.Inputs, spec.Outputs, 1, 1, Activation.None, 0,
        false, spec.Precision, spec.Training, spec.InputGradient), threads);

    public long KernelStorage => convolution.KernelStorage;

    public long WorkspaceBytes => convolution.WorkspaceBytes;

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => convolution.ImportKernel(keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => convolution.ExportKernel(storage, keras);

    public void KernelChanged(DeviceSpan<float> kernel) => convolution.KernelChanged(kernel);

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        convolution.Forward(x, kernel, bias, y, workspace);

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx, DeviceSpan<float> dKernel,
        DeviceSpan<float> dBias, DeviceSpan<byte> workspace) =>
        // The gradient of a linear map does not depend on its output, but the convolution asks for one of its shape: dy serves.
        convolution.Backward(x, y: dy, dy, kernel, dx, dKernel, dBias, workspace);

    public void Dispose() => convolution.Dispose();
}
