namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>
/// Training samples on the device: <c>augment_draw.cu</c> and <c>augment_gather.cu</c>. Draws equal those of <see cref="AugmentDraws"/> to the bit. A draw
/// that names no face of the set, or whose geometry is not finite, cannot be refused here as on the processor: it gives some picture of the set, or black.
/// </summary>
internal sealed class CudaAugment : IAugment
{
    private const int Threads = 256, ThreadsASample = 16, PixelsABlock = 512;

    private readonly AugmentSpec spec;
    private readonly CudaKernel draw, gather;

    public CudaAugment(CudaDevice device, in AugmentSpec spec)
    {
        if (spec.FaceSize < 2 || spec.FaceCount < 1 || (long)spec.FaceSize * spec.FaceSize * 3 > int.MaxValue)
            throw new ArgumentException("at least one face of at least 2×2 pixels is needed", nameof(spec));
        if (spec.Batch is < 1 or > 65535 || spec.OutputSize < 1)
            throw new ArgumentException($"{spec.Batch} samples of side {spec.OutputSize} cannot be made at once: 1 to 65535 can", nameof(spec));
        this.spec = spec;
        draw = device.Kernel("fs_augment_draw_fwd");
        gather = device.Kernel(spec.InputType == ElementType.Float32 ? "fs_augment_gather_fwd_f32" : "fs_augment_gather_fwd_bf16");
    }

    /// <summary>Bytes that Gather must write for each output pixel; what it reads of the faces comes to less.</summary>
    public static int BytesPerPixel(ElementType inputType) => 3 * (sizeof(float) + inputType.Bytes());

    public void Draw(DeviceSpan<long> step, DeviceSpan<AugmentDraw> draws) =>
        draw.Launch(new Grid3((uint)(((spec.Batch * ThreadsASample) + Threads - 1) / Threads)), new Grid3(Threads), new AugmentDrawArguments
        {
            Step = CudaSpan.Pointer(step, 1, nameof(step)),
            Draws = CudaSpan.Pointer(draws, spec.Batch, nameof(draws)),
            Seed = spec.Seed,
            Batch = spec.Batch,
            FaceCount = spec.FaceCount,
            FaceSize = spec.FaceSize,
            Side = spec.Side,
            WarpSigma = spec.WarpSigma,
            Rotation = spec.Rotation,
            ScaleRange = spec.ScaleRange,
            ShiftRange = spec.ShiftRange,
            MirrorProbability = spec.MirrorProbability,
        });

    public void Gather(DeviceSpan<byte> faces, DeviceSpan<AugmentDraw> draws, DeviceSpan<byte> warped, DeviceSpan<float> target)
    {
        long pixels = (long)spec.OutputSize * spec.OutputSize, count = spec.Batch * pixels * 3;
        AugmentGatherArguments args = new()
        {
            Faces = CudaSpan.Pointer(faces, (long)spec.FaceCount * spec.FaceSize * spec.FaceSize * 3, nameof(faces)),
            Draws = CudaSpan.Pointer(draws, spec.Batch, nameof(draws)),
            Warped = CudaSpan.Pointer(warped, count * spec.InputType.Bytes(), nameof(warped)),
            Target = CudaSpan.Pointer(target, count, nameof(target)),
            FaceCount = spec.FaceCount,
            FaceSize = spec.FaceSize,
            OutputSize = spec.OutputSize,
            FirstKnot = (float)AugmentMaps.Knot(spec, 0),
            KnotStep = spec.Coverage / (AugmentMaps.Knots - 1),
            GridFirst = (spec.OutputSize / 8) + 0.5f,
            GridScale = (float)(AugmentMaps.Knots / (spec.OutputSize * 1.25)),
            ByOutputSize = new KernelDivisor(spec.OutputSize),
        };
        // A block's first value is a multiple of 1536 into a sample: 16-byte accesses need the samples' sizes to be multiples of 8 values too.
        args.Vector = ((args.Warped | args.Target) & 15) == 0 && pixels * 3 % 8 == 0 ? 1 : 0;
        gather.Launch(new Grid3((uint)((pixels + PixelsABlock - 1) / PixelsABlock), (uint)spec.Batch), new Grid3(Threads), args);
    }

    public void Dispose()
    {
        // The device keeps the kernels.
    }
}
