namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Sigmoid, mean absolute error and gradient in one launch: <c>sigmoid_l1.cu</c>. The loss is reduced in a fixed order.</summary>
internal sealed class CudaSigmoidL1 : ISigmoidL1
{
    private const int Threads = 256, BlocksPerMultiprocessor = 8;

    // The ticket, then the blocks' sums.
    private const int TicketBytes = 256;

    private readonly SigmoidL1Spec spec;
    private readonly ElementType type;
    private readonly CudaKernel sigmoid, forward;
    private readonly uint blocks;
    private readonly DeviceBuffer scratch;

    public CudaSigmoidL1(CudaBackend backend, in SigmoidL1Spec spec)
    {
        this.spec = spec;
        type = spec.Precision.ActivationType();
        string suffix = type == ElementType.Float32 ? "f32" : "bf16";
        sigmoid = backend.Device.Kernel("fs_sigmoid_fwd_" + suffix);
        forward = backend.Device.Kernel("fs_sigmoid_l1_fwd_" + suffix);
        long perBlock = Threads * 16 / type.Bytes();
        blocks = (uint)Math.Clamp((spec.Count + perBlock - 1) / perBlock, 1, (long)backend.Device.Multiprocessors * BlocksPerMultiprocessor);
        scratch = backend.Allocate(TicketBytes + (blocks * sizeof(double)), "sums of the loss");
    }

    /// <summary>Bytes that Forward must move for each element: z, target, p and dz.</summary>
    public static int BytesPerElement(ElementType type) => 8 + (2 * type.Bytes());

    public void Sigmoid(DeviceSpan<byte> z, DeviceSpan<float> p)
    {
        SigmoidArguments args = new()
        {
            Z = CudaSpan.Pointer(z, spec.Count * type.Bytes(), nameof(z)),
            P = CudaSpan.Pointer(p, spec.Count, nameof(p)),
            Count = spec.Count,
        };
        args.Vector = ((args.Z | args.P) & 15) == 0 ? 1 : 0;
        sigmoid.Launch(new Grid3(blocks), new Grid3(Threads), args);
    }

    public void Forward(DeviceSpan<byte> z, DeviceSpan<float> target, DeviceSpan<float> p, DeviceSpan<float> loss, DeviceSpan<byte> dz)
    {
        SigmoidL1Arguments args = new()
        {
            Z = CudaSpan.Pointer(z, spec.Count * type.Bytes(), nameof(z)),
            Target = CudaSpan.Pointer(target, spec.Count, nameof(target)),
            P = CudaSpan.Pointer(p, spec.Count, nameof(p)),
            Dz = CudaSpan.Pointer(dz, spec.Count * type.Bytes(), nameof(dz)),
            Loss = CudaSpan.Pointer(loss, 1, nameof(loss)),
            Partial = scratch.Address + TicketBytes,
            Ticket = scratch.Address,
            Count = spec.Count,
            Scale = 1f / spec.Count,
        };
        args.Vector = ((args.Z | args.Target | args.P | args.Dz) & 15) == 0 ? 1 : 0;
        forward.Launch(new Grid3(blocks), new Grid3(Threads), args);
    }

    public void Dispose() => scratch.Dispose();
}
