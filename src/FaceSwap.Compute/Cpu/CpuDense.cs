using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>A dense layer: the 1×1 convolution of an image of one pixel.</summary>
internal sealed unsafe class CpuDense : IDense
{
    private readonly DenseSpec spec;
    private readonly SafeDnnConvHandle conv;
    private readonly int element; // bytes of an activation

    public CpuDense(CpuThreads threads, in DenseSpec spec)
    {
        this.spec = spec;
        element = spec.Precision.ActivationType().Bytes();
        conv = SafeDnnConvHandle.Create(threads.Pool, new DnnConvSpec
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
            BFloat16 = spec.Precision == Precision.Bf16 ? 1 : 0,
            Training = spec.Training ? 1 : 0,
            InputGradient = spec.InputGradient ? 1 : 0,
            Slope = 1,
        });
    }

    public long KernelStorage => conv.KernelStorage;

    public long WorkspaceBytes => conv.WorkspaceBytes;

    private long InputBytes => (long)spec.Batch * spec.Inputs * element;

    private long OutputBytes => (long)spec.Batch * spec.Outputs * element;

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) =>
        CpuKernel.Import(conv, spec.KernelCount, keras, storage);

    public int ImportUnit => CpuKernel.Unit(conv, spec.Outputs);

    public void ImportKernelPart(long first, ReadOnlySpan<float> keras, DeviceSpan<float> storage) =>
        CpuKernel.ImportPart(conv, spec.KernelCount, spec.Outputs, first, keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => CpuKernel.Export(conv, spec.KernelCount, spec.Training, storage, keras);

    public void KernelChanged(DeviceSpan<float> kernel)
    {
        // Nothing is derived from the kernel.
    }

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        ShimNative.fs_dnn_conv_forward(conv, HostSpan.Pointer(x, InputBytes, nameof(x)), HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)),
            HostSpan.Pointer(bias, spec.Outputs, nameof(bias)), HostSpan.Pointer(y, OutputBytes, nameof(y)),
            CpuKernel.Workspace(workspace, WorkspaceBytes));

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx, DeviceSpan<float> dKernel,
        DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (!spec.Training)
            throw new InvalidOperationException("this dense layer was created for inference");
        void* inputGradient = spec.InputGradient && !dx.IsEmpty ? HostSpan.Pointer(dx, InputBytes, nameof(dx)) : null;
        // Without an activation the slope is 1 whatever the sign of y, so dy stands in for it.
        byte* gradient = HostSpan.Pointer(dy, OutputBytes, nameof(dy));
        ShimNative.fs_dnn_conv_backward(conv, HostSpan.Pointer(x, InputBytes, nameof(x)), gradient, gradient,
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), inputGradient, HostSpan.Pointer(dKernel, KernelStorage, nameof(dKernel)),
            HostSpan.Pointer(dBias, spec.Outputs, nameof(dBias)), CpuKernel.Workspace(workspace, WorkspaceBytes));
    }

    public void Dispose() => conv.Dispose();
}
