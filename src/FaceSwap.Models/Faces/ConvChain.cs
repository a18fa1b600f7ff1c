using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>A convolution of a face network on a backend, with its weights.</summary>
internal sealed class ConvStep
{
    private readonly IConv2d operation;
    private readonly DeviceSpan<float> kernel, bias;

    public ConvStep(IBackend backend, PlanResources resources, FaceConv conv, int batch, int height, int width, bool relu)
    {
        var spec = new Conv2dSpec(batch, height, width, conv.Inputs, conv.Outputs, conv.Kernel, conv.Stride, relu ? Activation.LeakyRelu : Activation.None,
            0, false, Precision.Fp32, Training: false, InputGradient: false)
        { Padding = conv.Padding, Untimed = true };
        (Height, Width, OutputCount) = (spec.OutHeight, spec.OutWidth, spec.OutputCount);
        operation = resources.Own(backend.CreateConv2d(spec));
        kernel = resources.Allocate<float>(backend, operation.KernelStorage, "a face network's weights");
        bias = resources.Allocate<float>(backend, conv.Outputs, "a face network's weights");
        operation.ImportKernel(conv.Values, kernel);
        backend.Upload<float>(conv.Bias, bias);
        operation.KernelChanged(kernel);
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Elements of the result.</summary>
    public long OutputCount { get; }

    public long WorkspaceBytes => operation.WorkspaceBytes;

    public void Forward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> workspace) => operation.Forward(x, kernel, bias, y, workspace);
}
