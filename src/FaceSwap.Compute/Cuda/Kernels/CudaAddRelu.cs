namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>The end of a residual block: <c>add_relu.cu</c>.</summary>
internal sealed class CudaAddRelu : IAddRelu
{
    private const int Lanes = 4;

    private readonly CudaDevice device;
    private readonly AddReluSpec spec;
    private readonly CudaKernel kernel;

    public CudaAddRelu(CudaDevice device, in AddReluSpec spec)
    {
        (this.device, this.spec) = (device, spec);
        kernel = device.Kernel("fs_add_relu_fwd_f32");
    }

    public void Forward(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        nint left = CudaSpan.Pointer(a, spec.Count(spec.A), nameof(a)), right = CudaSpan.Pointer(b, spec.Count(spec.B), nameof(b));
        nint to = CudaSpan.Pointer(y, spec.Count(spec.Y), nameof(y));
        bool vector = ((left | right | to) & 15) == 0 && spec.A.Channels % Lanes == 0 && spec.B.Channels % Lanes == 0;
        int lanes = vector ? Lanes : 1, units = spec.Y.Channels / lanes;
        AddReluArguments args = new()
        {
            A = Of(left, spec.A, lanes),
            B = Of(right, spec.B, lanes),
            Y = to,
            Row = checked(spec.Y.Width * units),
            Units = units,
            Rows = checked(spec.Batch * spec.Y.Height),
            Height = spec.Y.Height,
            Vector = vector ? 1 : 0,
            ByHeight = new KernelDivisor(spec.Y.Height),
            ByUnits = new KernelDivisor(units),
        };
        kernel.Launch(CudaElementwise.Rows(device, args.Row, args.Rows), new Grid3(CudaElementwise.Threads), args);
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    private static Summand Of(nint values, (int Height, int Width, int Channels) shape, int lanes) =>
        new() { Values = values, Height = shape.Height, Width = shape.Width, Units = shape.Channels / lanes };
}
