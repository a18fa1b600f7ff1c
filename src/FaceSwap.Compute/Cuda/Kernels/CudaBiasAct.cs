namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>
/// Enqueues bias + LeakyReLU (+ pixel shuffle), its backward pass with the bias gradient, and the bias gradient of dense layers: the kernels of
/// <c>bias_act.cu</c> and <c>bias_sum.cu</c>. Addresses are device pointers; whether they allow 16-byte accesses is found out at each call.
/// An operation calls <see cref="Prepare"/> when it is created: kernels cannot be loaded while a step is recorded.
/// </summary>
internal static class CudaBiasAct
{
    /// <summary>Bytes that the forward pass must move for each element of the convolution's result.</summary>
    public static int ForwardBytesPerElement(ElementType type) => 2 * type.Bytes();

    /// <summary>Bytes that the backward pass must move for each element of the convolution's result.</summary>
    public static int BackwardBytesPerElement(ElementType type, Activation activation) =>
        (activation == Activation.None ? 2 : 3) * type.Bytes();

    /// <summary>Loads every kernel that the other methods launch for an element type.</summary>
    public static void Prepare(CudaDevice device, ElementType type)
    {
        foreach (bool shuffle in new[] { false, true })
        {
            device.Kernel(ForwardName(type, shuffle));
            device.Kernel(BackwardName(type, shuffle));
        }
        device.Kernel(SumName(type));
        device.Kernel(GradName);
    }

    /// <summary>y = shuffle(act(conv + bias)).</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">Element type of <paramref name="conv"/> and <paramref name="y"/>.</param>
    /// <param name="conv">(N, ConvHeight, ConvWidth, OutChannels).</param>
    /// <param name="bias">(OutChannels), fp32.</param>
    /// <param name="y">(N, OutHeight, OutWidth, FinalChannels); may be <paramref name="conv"/> when there is no pixel shuffle.</param>
    /// <param name="spec">The convolution.</param>
    public static void Forward(CudaDevice device, ElementType type, nint conv, nint bias, nint y, in Conv2dSpec spec)
    {
        Check(spec, conv != y, nameof(y));
        BiasActGeometry geometry = Geometry(device, type, spec, ((conv | y) & 15) == 0, ForwardBlocksPerMultiprocessor);
        device.Kernel(ForwardName(type, spec.PixelShuffle)).Launch(geometry.Grid, geometry.Block, new BiasActArguments
        {
            X = conv,
            Bias = bias,
            Y = y,
            Pixels = Pixels(spec),
            Channels = spec.OutChannels,
            Slope = Slope(spec),
            Vector = geometry.Vector ? 1 : 0,
            Width = spec.ConvWidth,
            ByWidth = new KernelDivisor(spec.ConvWidth),
        });
    }

    /// <summary>dconv = the gradient before bias and activation; dBias = its sums (=), in an order that the shape alone and the device fix.</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">Element type of <paramref name="dy"/>, <paramref name="y"/> and <paramref name="dconv"/>.</param>
    /// <param name="dy">Gradient of the output, in the output's shape.</param>
    /// <param name="y">The output; not read without activation.</param>
    /// <param name="dconv">(N, ConvHeight, ConvWidth, OutChannels); may be <paramref name="dy"/> when there is no pixel shuffle. Without
    /// activation and shuffle it may be 0: dy then is the gradient already.</param>
    /// <param name="dBias">(OutChannels), fp32.</param>
    /// <param name="partials">Scratch of <see cref="PartialBytes"/>.</param>
    /// <param name="spec">The convolution.</param>
    public static void Backward(CudaDevice device, ElementType type, nint dy, nint y, nint dconv, nint dBias, nint partials, in Conv2dSpec spec)
    {
        Check(spec, dconv != dy && dconv != y && dconv != 0, nameof(dconv));
        bool active = spec.Activation != Activation.None;
        nint result = active ? y : 0;
        // Nothing changes in place without activation and shuffle: only the sums are left to do.
        nint to = !active && dconv == dy ? 0 : dconv;
        BiasActGeometry geometry = Geometry(device, type, spec, ((dy | result | to) & 15) == 0, BackwardBlocksPerMultiprocessor);
        device.Kernel(BackwardName(type, spec.PixelShuffle)).Launch(geometry.Grid, geometry.Block, new BiasActBackwardArguments
        {
            Dy = dy,
            Y = result,
            Dx = to,
            Partial = partials,
            Pixels = Pixels(spec),
            Channels = spec.OutChannels,
            Slope = Slope(spec),
            Vector = geometry.Vector ? 1 : 0,
            Width = spec.ConvWidth,
            ByWidth = new KernelDivisor(spec.ConvWidth),
        });
        device.Kernel(GradName).Launch(new Grid3((uint)((spec.OutChannels + 31) / 32)), new Grid3(32, 32), new BiasGradArguments
        {
            Partial = partials,
            DBias = dBias,
            Chunks = (int)geometry.Grid.Y,
            Channels = spec.OutChannels,
        });
    }

    /// <summary>Scratch bytes of <see cref="Backward"/>.</summary>
    public static long PartialBytes(CudaDevice device, in Conv2dSpec spec)
    {
        // The scalar path, for addresses that are not multiples of 16, may take more chunks than the other.
        ElementType type = spec.Precision.ActivationType();
        uint chunks = Math.Max(Geometry(device, type, spec, true, BackwardBlocksPerMultiprocessor).Grid.Y,
            Geometry(device, type, spec, false, BackwardBlocksPerMultiprocessor).Grid.Y);
        return (long)chunks * spec.OutChannels * sizeof(float);
    }

    /// <summary>dBias = Σ over rows of dy (=): a dense layer's bias gradient.</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">Element type of <paramref name="dy"/>.</param>
    /// <param name="dy">(rows, channels).</param>
    /// <param name="dBias">(channels), fp32.</param>
    /// <param name="rows">Rows of dy.</param>
    /// <param name="channels">Columns of dy.</param>
    public static void Sum(CudaDevice device, ElementType type, nint dy, nint dBias, long rows, int channels)
    {
        int full = 16 / type.Bytes();
        bool vector = (dy & 15) == 0 && channels % full == 0;
        int perBlock = 8 * (vector ? full : 1);
        device.Kernel(SumName(type)).Launch(new Grid3((uint)((channels + perBlock - 1) / perBlock)), new Grid3(8, 32), new BiasSumArguments
        {
            Dy = dy,
            DBias = dBias,
            Rows = rows,
            Channels = channels,
            Vector = vector ? 1 : 0,
        });
    }

    /// <summary>y[r, k] = x[r, k] + bias[k], in place or not: a dense layer's bias where the product does not add it.</summary>
    public static void AddBias(CudaDevice device, ElementType type, nint x, nint bias, nint y, int rows, int channels) =>
        Forward(device, type, x, bias, y, new Conv2dSpec(rows, 1, 1, 1, channels, 1, 1, Activation.None, 1, false, Precision.Fp32, false, false));

    // 256 threads a block: with these a multiprocessor is full at once, and no second wave of few blocks follows. Four 16-byte loads a thread (eight in
    // the backward pass) are more in flight than memory's latency needs; few chunks keep the second stage of the sums short.
    private const int ForwardBlocksPerMultiprocessor = 4, BackwardBlocksPerMultiprocessor = 2;
    private const string GradName = "fs_bias_grad_bwd_f32";

    private static long Pixels(in Conv2dSpec spec) => (long)spec.Batch * spec.ConvHeight * spec.ConvWidth;

    private static float Slope(in Conv2dSpec spec) => spec.Activation == Activation.None ? 1 : spec.LeakySlope;

    private static BiasActGeometry Geometry(CudaDevice device, ElementType type, in Conv2dSpec spec, bool aligned, int blocksPerMultiprocessor) =>
        BiasActGeometry.For(Pixels(spec), spec.OutChannels, spec.PixelShuffle, 16 / type.Bytes(), aligned, device.Multiprocessors * blocksPerMultiprocessor);

    private static void Check(in Conv2dSpec spec, bool apart, string name)
    {
        if (!spec.PixelShuffle)
            return;
        if (!apart)
            throw new ArgumentException("a pixel shuffle cannot be done in place", name);
        if (Pixels(spec) > int.MaxValue || spec.OutChannels % 4 != 0)
            throw new ArgumentException($"{Pixels(spec)} pixels of {spec.OutChannels} channels cannot be shuffled");
    }

    private static string ForwardName(ElementType type, bool shuffle) => (type, shuffle) switch
    {
        (ElementType.Float32, false) => "fs_bias_act_fwd_f32",
        (ElementType.Float32, true) => "fs_bias_act_shuffle_fwd_f32",
        (_, false) => "fs_bias_act_fwd_bf16",
        (_, true) => "fs_bias_act_shuffle_fwd_bf16",
    };

    private static string BackwardName(ElementType type, bool shuffle) => (type, shuffle) switch
    {
        (ElementType.Float32, false) => "fs_bias_act_bwd_f32",
        (ElementType.Float32, true) => "fs_bias_act_shuffle_bwd_f32",
        (_, false) => "fs_bias_act_bwd_bf16",
        (_, true) => "fs_bias_act_shuffle_bwd_bf16",
    };

    private static string SumName(ElementType type) => type == ElementType.Float32 ? "fs_bias_sum_bwd_f32" : "fs_bias_sum_bwd_bf16";
}
