using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>A convolution by oneDNN. In training the kernel lies in the slab in Keras order, HWIO, and <see cref="KernelChanged"/> makes the copies that
/// oneDNN reads; in inference it lies there as oneDNN reads it.</summary>
internal sealed unsafe class OneDnnConv2d : IConv2d
{
    private readonly Conv2dSpec spec;
    private readonly SafeOneDnnProductHandle product;
    private readonly int element; // bytes of an activation

    public OneDnnConv2d(CpuThreads threads, in Conv2dSpec spec)
    {
        this.spec = spec;
        element = spec.Precision.ActivationType().Bytes();
        product = SafeOneDnnProductHandle.Create(new OneDnnSpec
        {
            Batch = spec.Batch,
            InHeight = spec.InHeight,
            InWidth = spec.InWidth,
            InChannels = spec.InChannels,
            OutHeight = spec.ConvHeight,
            OutWidth = spec.ConvWidth,
            OutChannels = spec.OutChannels,
            Kernel = spec.Kernel,
            Stride = spec.Stride,
            PadTop = spec.PadTop,
            PadLeft = spec.PadLeft,
            PixelShuffle = spec.PixelShuffle ? 1 : 0,
            BFloat16 = spec.Precision == Precision.Bf16 ? 1 : 0,
            Training = spec.Training ? 1 : 0,
            InputGradient = spec.InputGradient ? 1 : 0,
            Threads = threads.Count,
            Slope = spec.Activation == Activation.LeakyRelu ? spec.LeakySlope : 1,
        });
    }

    public long KernelStorage => product.KernelStorage;

    public long WorkspaceBytes => product.WorkspaceBytes;

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) => OneDnnKernel.Import(product, spec.KernelCount, keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => OneDnnKernel.Export(storage, spec.KernelCount, spec.Training, keras);

    public void KernelChanged(DeviceSpan<float> kernel) =>
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_kernel_changed(product, HostSpan.Pointer(kernel, KernelStorage, nameof(kernel))));

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_forward(product, HostSpan.Pointer(x, spec.InputCount * element, nameof(x)),
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), HostSpan.Pointer(bias, spec.OutChannels, nameof(bias)),
            HostSpan.Pointer(y, spec.OutputCount * element, nameof(y)), CpuKernel.Workspace(workspace, WorkspaceBytes)));

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
        DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (!spec.Training)
            throw new InvalidOperationException("this convolution was created for inference");
        void* inputGradient = spec.InputGradient && !dx.IsEmpty ? HostSpan.Pointer(dx, spec.InputCount * element, nameof(dx)) : null;
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_backward(product, HostSpan.Pointer(x, spec.InputCount * element, nameof(x)),
            HostSpan.Pointer(y, spec.OutputCount * element, nameof(y)), HostSpan.Pointer(dy, spec.OutputCount * element, nameof(dy)),
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), inputGradient, HostSpan.Pointer(dKernel, KernelStorage, nameof(dKernel)),
            HostSpan.Pointer(dBias, spec.OutChannels, nameof(dBias)), CpuKernel.Workspace(workspace, WorkspaceBytes)));
    }

    public void Dispose() => product.Dispose();
}
