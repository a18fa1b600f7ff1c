using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>A dense layer by oneDNN's inner product. In training the kernel lies in the slab in Keras order, in × out; in inference as
/// oneDNN reads it.</summary>
internal sealed unsafe class OneDnnDense : IDense
{
    private readonly DenseSpec spec;
    private readonly SafeOneDnnProductHandle product;
    private readonly int element; // bytes of an activation

    public OneDnnDense(CpuThreads threads, in DenseSpec spec)
    {
        this.spec = spec;
        element = spec.Precision.ActivationType().Bytes();
        product = SafeOneDnnProductHandle.Create(new OneDnnSpec
        {
            Batch = spec.Batch,
            InHeight = 1,
            InWidth = 1,
            InChannels = spec.Inputs,
            OutHeight = 1,
            OutWidth = 1,
            OutChannels = spec.Outputs,
            Kernel = 1,
            Stride = 1,
            Dense = 1,
            BFloat16 = spec.Precision == Precision.Bf16 ? 1 : 0,
            Training = spec.Training ? 1 : 0,
            InputGradient = spec.InputGradient ? 1 : 0,
            Threads = threads.Count,
            Slope = 1,
        });
    }

    public long KernelStorage => product.KernelStorage;

    public long WorkspaceBytes => product.WorkspaceBytes;

    private long InputBytes => (long)spec.Batch * spec.Inputs * element;

    private long OutputBytes => (long)spec.Batch * spec.Outputs * element;

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => OneDnnKernel.Import(product, spec.KernelCount, keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => OneDnnKernel.Export(storage, spec.KernelCount, spec.Training, keras);

    public void KernelChanged(DeviceSpan<float> kernel) =>
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_kernel_changed(product, HostSpan.Pointer(kernel, KernelStorage, nameof(kernel))));

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_forward(product, HostSpan.Pointer(x, InputBytes, nameof(x)),
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), HostSpan.Pointer(bias, spec.Outputs, nameof(bias)),
            HostSpan.Pointer(y, OutputBytes, nameof(y)), CpuKernel.Workspace(workspace, WorkspaceBytes)));

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx, DeviceSpan<float> dKernel,
        DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (!spec.Training)
            throw new InvalidOperationException("this dense layer was created for inference");
        void* inputGradient = spec.InputGradient && !dx.IsEmpty ? HostSpan.Pointer(dx, InputBytes, nameof(dx)) : null;
        // Without an activation the output is not looked at, and dy is only read.
        byte* gradient = HostSpan.Pointer(dy, OutputBytes, nameof(dy));
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_backward(product, HostSpan.Pointer(x, InputBytes, nameof(x)), gradient, gradient,
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), inputGradient, HostSpan.Pointer(dKernel, KernelStorage, nameof(dKernel)),
            HostSpan.Pointer(dBias, spec.Outputs, nameof(dBias)), CpuKernel.Workspace(workspace, WorkspaceBytes)));
    }

    public void Dispose() => product.Dispose();
}
