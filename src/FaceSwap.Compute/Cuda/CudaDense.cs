using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// A dense layer on cuBLASLt. The kernel lies in the slab in Keras order (<see cref="CudaKernelStorage"/>). The bias is added by the product's epilogue in fp32 and tf32, by a kernel in place in bf16.
/// </summary>
internal sealed class CudaDense : IDense
{
    private readonly CudaDevice device;
    private readonly DenseSpec spec;
    private readonly ElementType type;
    private readonly DenseProduct? forward, data, kernel;
    private readonly CudaKernelStorage kernels;
    private readonly long scratch;

    /// <summary>Chooses algorithms, unless the cache knows them.</summary>
    /// <exception cref="UserErrorException">cuBLASLt is missing, or computes the product in no way.</exception>
    public CudaDense(CudaBackend backend, in DenseSpec spec)
    {
        (this.spec, device) = (spec, backend.Device);
        type = spec.Precision.ActivationType();
        CudaBiasAct.Prepare(device, type);
        CudaElementwise.Prepare(device);
        kernels = new CudaKernelStorage(backend, 0, spec.Inputs, spec.Outputs, spec.Precision, spec.Training);
        try
        {
            forward = new DenseSearch(backend.Math, DenseWork.Forward(spec)).Choose(AddBias);
            if (spec.Training && spec.InputGradient)
                data = new DenseSearch(backend.Math, DenseWork.Data(spec)).Choose(addBias: null);
            if (spec.Training)
                kernel = new DenseSearch(backend.Math, DenseWork.Kernel(spec)).Choose(addBias: null);
        }
        catch
        {
            Dispose();
            throw;
        }
        var workspace = new CudaWorkspace();
        scratch = workspace.Take(new[] { forward, data, kernel }.Max(p => p?.ScratchBytes ?? 0));
        WorkspaceBytes = workspace.BytesAnywhere;
    }

    public long KernelStorage => kernels.Units;

    public long WorkspaceBytes { get; }

    private long InputBytes => (long)spec.Batch * spec.Inputs * type.Bytes();

    private long OutputBytes => (long)spec.Batch * spec.Outputs * type.Bytes();

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => kernels.Import(keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => kernels.Export(storage, keras);

    public void KernelChanged(DeviceSpan<float> kernel) => kernels.Changed(kernel);

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace)
    {
        device.MakeCurrent();
        nint result = CudaSpan.Pointer(y, OutputBytes, nameof(y)), added = CudaSpan.Pointer(bias, spec.Outputs, nameof(bias));
        forward!.Run(kernels.Pointer(kernel), CudaSpan.Pointer(x, InputBytes, nameof(x)), added, result, Scratch(workspace));
        if (!forward.AddsBias)
            AddBias(added, result);
    }

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx, DeviceSpan<float> dKernel,
        DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (this.kernel is null)
            throw new InvalidOperationException("this dense layer was created for inference");
        device.MakeCurrent();
        nint gradient = CudaSpan.Pointer(dy, OutputBytes, nameof(dy)), plans = Scratch(workspace);
        CudaBiasAct.Sum(device, type, gradient, CudaSpan.Pointer(dBias, spec.Outputs, nameof(dBias)), spec.Batch, spec.Outputs);
        this.kernel.Run(gradient, CudaSpan.Pointer(x, InputBytes, nameof(x)), 0, CudaSpan.Pointer(dKernel, KernelStorage, nameof(dKernel)), plans);
        if (data is not null && !dx.IsEmpty)
            data.Run(kernels.Pointer(kernel), gradient, 0, CudaSpan.Pointer(dx, InputBytes, nameof(dx)), plans);
    }

    public void Dispose()
    {
        forward?.Dispose();
        data?.Dispose();
        kernel?.Dispose();
        kernels.Dispose();
    }

    private void AddBias(nint bias, nint y) => CudaBiasAct.AddBias(device, type, y, bias, y, spec.Batch, spec.Outputs);

    private nint Scratch(DeviceSpan<byte> workspace)
    {
        nint at = CudaWorkspace.Base(workspace, WorkspaceBytes);
        return at + (nint)scratch;
    }
}
