namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Pooling: <c>pool.cu</c>.</summary>
internal sealed class CudaPool2d : IPool2d
{
    private const int Lanes = 4;

    private readonly CudaDevice device;
    private readonly Pool2dSpec spec;
    private readonly CudaKernel kernel;

    public CudaPool2d(CudaDevice device, in Pool2dSpec spec)
    {
        (this.device, this.spec) = (device, spec);
        kernel = device.Kernel(spec.Pooling == Pooling.Max ? "fs_pool_max_fwd_f32" : "fs_pool_average_fwd_f32");
    }

    public void Forward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        nint from = CudaSpan.Pointer(x, spec.InputCount, nameof(x)), to = CudaSpan.Pointer(y, spec.OutputCount, nameof(y));
        bool vector = ((from | to) & 15) == 0 && spec.Channels % Lanes == 0;
        int units = vector ? spec.Channels / Lanes : spec.Channels;
        PoolArguments args = new()
        {
            X = from,
            Y = to,
            Row = checked(spec.OutWidth * units),
            InRow = (long)spec.InWidth * units,
            InImage = (long)spec.InHeight * spec.InWidth * units,
            Units = units,
            Kernel = spec.Kernel,
            Stride = spec.Stride,
            Rows = checked(spec.Batch * spec.OutHeight),
            Height = spec.OutHeight,
            Vector = vector ? 1 : 0,
            ByHeight = new KernelDivisor(spec.OutHeight),
            ByUnits = new KernelDivisor(units),
        };
        kernel.Launch(CudaElementwise.Rows(device, args.Row, args.Rows), new Grid3(CudaElementwise.Threads), args);
    }

    public void Dispose()
    {
        // It owns nothing.
    }
}
