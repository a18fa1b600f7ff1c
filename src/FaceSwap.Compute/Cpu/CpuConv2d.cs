using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// A convolution on the shim's products (<c>dnn_conv.h</c>): y = shuffle(act(Σ_tap Σ_c x·W + b)). The kernel lies in the slab as
/// (⌈Cout/64⌉, tap, Cin, 64), the last panel padded to a multiple of 16; for inference in bf16 as (⌈Cout/64⌉, tap, ⌈Cin/2⌉, 64) pairs of bf16.
/// </summary>
internal sealed unsafe class CpuConv2d : IConv2d
{
    private readonly Conv2dSpec spec;
    private readonly SafeDnnConvHandle conv;
    private readonly int element; // bytes of an activation

    public CpuConv2d(CpuThreads threads, in Conv2dSpec spec)
    {
        this.spec = spec;
        element = spec.Precision.ActivationType().Bytes();
        conv = SafeDnnConvHandle.Create(threads.Pool, new DnnConvSpec
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
            Slope = spec.Activation == Activation.LeakyRelu ? spec.LeakySlope : 1,
        });
    }

    public long KernelStorage => conv.KernelStorage;

    public long WorkspaceBytes => conv.WorkspaceBytes;

    public void ImportKernel(ReadOnlySpan<float> keras, DeviceSpan<float> storage) =>
        CpuKernel.Import(conv, spec.KernelCount, keras, storage);

    public int ImportUnit => CpuKernel.Unit(conv, spec.OutChannels);

    public void ImportKernelPart(long first, ReadOnlySpan<float> keras, DeviceSpan<float> storage) =>
        CpuKernel.ImportPart(conv, spec.KernelCount, spec.OutChannels, first, keras, storage);

    public void ExportKernel(DeviceSpan<float> storage, Span<float> keras) => CpuKernel.Export(conv, spec.KernelCount, spec.Training, storage, keras);

    public void KernelChanged(DeviceSpan<float> kernel)
    {
        // Nothing is derived from the kernel.
    }

    public void Forward(DeviceSpan<byte> x, DeviceSpan<float> kernel, DeviceSpan<float> bias, DeviceSpan<byte> y, DeviceSpan<byte> workspace) =>
        ShimNative.fs_dnn_conv_forward(conv, HostSpan.Pointer(x, spec.InputCount * element, nameof(x)),
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), HostSpan.Pointer(bias, spec.OutChannels, nameof(bias)),
            HostSpan.Pointer(y, spec.OutputCount * element, nameof(y)), CpuKernel.Workspace(workspace, WorkspaceBytes));

    public void Backward(DeviceSpan<byte> x, DeviceSpan<byte> y, DeviceSpan<byte> dy, DeviceSpan<float> kernel, DeviceSpan<byte> dx,
        DeviceSpan<float> dKernel, DeviceSpan<float> dBias, DeviceSpan<byte> workspace)
    {
        if (!spec.Training)
            throw new InvalidOperationException("this convolution was created for inference");
        void* inputGradient = spec.InputGradient && !dx.IsEmpty ? HostSpan.Pointer(dx, spec.InputCount * element, nameof(dx)) : null;
        ShimNative.fs_dnn_conv_backward(conv, HostSpan.Pointer(x, spec.InputCount * element, nameof(x)),
            HostSpan.Pointer(y, spec.OutputCount * element, nameof(y)), HostSpan.Pointer(dy, spec.OutputCount * element, nameof(dy)),
            HostSpan.Pointer(kernel, KernelStorage, nameof(kernel)), inputGradient, HostSpan.Pointer(dKernel, KernelStorage, nameof(dKernel)),
            HostSpan.Pointer(dBias, spec.OutChannels, nameof(dBias)), CpuKernel.Workspace(workspace, WorkspaceBytes));
    }

    public void Dispose() => conv.Dispose();
}
