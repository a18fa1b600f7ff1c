using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// A convolution on cuDNN with kernels of our own around it. The kernel lies in the slab as (K, R, S, C), cuDNN's order for channels last
/// (<see cref="CudaKernelStorage"/>).
///
/// Forward: one fused plan (convolution, bias, LeakyReLU), or the convolution into y (with a pixel shuffle: into scratch) and the fused kernel
/// after it, whichever took less time. Backward: a kernel turns dy into the gradient before bias and activation, in place (with a pixel shuffle:
/// into scratch), and sums the bias' gradient; then the two products.
/// </summary>
internal sealed class CudaConv2d : IConv2d
{
    private readonly CudaDevice device;
    private readonly Conv2dSpec spec;
    private readonly ConvolutionShape shape;
    private readonly ElementType type;
    private readonly ConvolutionRoute? forward;
    private readonly ConvolutionGradients? gradients; // null in inference
    private readonly CudaKernelStorage kernels;
    private readonly long forwardScratch, forwardConvolved; // offsets into the workspace
    private readonly long backwardScratch, backwardDz, backwardPartials;

    /// <summary>Chooses plans, unless the cache knows them; may take seconds.</summary>
    /// <exception cref="UserErrorException">cuDNN is missing, or supports the convolution in no way.</exception>
    public CudaConv2d(CudaBackend backend, in Conv2dSpec spec)
    {
        (this.spec, device) = (spec, backend.Device);
        shape = ConvolutionShape.Of(spec);
        type = spec.Precision.ActivationType();
        CudaBiasAct.Prepare(device, type);
        CudaElementwise.Prepare(device);
        kernels = new CudaKernelStorage(backend, spec.Kernel * spec.Kernel, spec.InChannels, spec.OutChannels, spec.Precision, spec.Training);
        try
        {
            var choice = new ConvolutionChoice(backend.Math, spec);
            forward = choice.Forward();
            if (spec.Training)
                gradients = choice.Gradients();
        }
        catch
        {
            Dispose();
            throw;
        }
        var first = new CudaWorkspace();
        forwardScratch = first.Take(forward.ScratchBytes);
        forwardConvolved = first.Take(spec.PixelShuffle ? shape.Output.Count * type.Bytes() : 0);
        var second = new CudaWorkspace();
        backwardScratch = second.Take(gradients?.ScratchBytes ?? 0);
        backwardDz = second.Take(spec.Training && spec.PixelShuffle ? shape.Output.Count * type.Bytes() : 0);
        backwardPartials = second.Take(spec.Training ? CudaBiasAct.PartialBytes(device, spec) : 0);
        WorkspaceBytes = Math.Max(first.BytesAnywhere, second.BytesAnywhere);
    }

    public long KernelStorage => kernels.Units;

    public long WorkspaceBytes { get; }

    /// <summary>How each product is computed, for reports and tests: forward, and in training kernel gradient and input gradient.</summary>
    public IReadOnlyList<string> Routes => [forward!.Name, .. gradients?.Routes ?? []];

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => kernels.Import(keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => kernels.Export(storage, keras);

    public void KernelChanged(DeviceSpan<float> kernel) => kernels.Changed(kernel);

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace)
    {
        device.MakeCurrent();
        nint scratch = CudaWorkspace.Base(workspace, WorkspaceBytes), result = CudaSpan.Pointer(y, spec.OutputCount * type.Bytes(), nameof(y));
        ConvolutionChoice.RunForward(device, forward!, spec, CudaSpan.Pointer(x, spec.InputCount * type.Bytes(), nameof(x)), kernels.Pointer(kernel),
            CudaSpan.Pointer(bias, spec.OutChannels, nameof(bias)), result, scratch + (nint)forwardConvolved, scratch + (nint)forwardScratch);
    }

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
        DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (gradients is null)
            throw new InvalidOperationException("this convolution was created for inference");
        device.MakeCurrent();
        nint scratch = CudaWorkspace.Base(workspace, WorkspaceBytes), plans = scratch + (nint)backwardScratch;
        nint gradient = CudaSpan.Pointer(dy, spec.OutputCount * type.Bytes(), nameof(dy));
        nint dz = spec.PixelShuffle ? scratch + (nint)backwardDz : gradient;
        CudaBiasAct.Backward(device, type, gradient, CudaSpan.Pointer(y, spec.OutputCount * type.Bytes(), nameof(y)), dz,
            CudaSpan.Pointer(dBias, spec.OutChannels, nameof(dBias)), scratch + (nint)backwardPartials, spec);
        bool wanted = spec.InputGradient && !dx.IsEmpty;
        gradients.Run(CudaSpan.Pointer(x, spec.InputCount * type.Bytes(), nameof(x)), kernels.Pointer(kernel), dz,
            wanted ? CudaSpan.Pointer(dx, spec.InputCount * type.Bytes(), nameof(dx)) : 0, CudaSpan.Pointer(dKernel, KernelStorage, nameof(dKernel)),
            scratch + (nint)backwardScratch);
    }

    public void Dispose()
    {
        forward?.Dispose();
        gradients?.Dispose();
        kernels.Dispose();
    }
}
