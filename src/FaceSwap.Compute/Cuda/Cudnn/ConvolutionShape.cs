namespace FaceSwap.Compute.Cuda;

/// <summary>A convolution as cuDNN sees it: sizes with the padding on each side.</summary>
internal readonly record struct ConvolutionShape(int Batch, int InHeight, int InWidth, int InChannels, int OutHeight, int OutWidth, int OutChannels,
    int Kernel, int Stride, int PadTop, int PadLeft, int PadBottom, int PadRight)
{
    /// <summary>The shape of an operation.</summary>
    public static ConvolutionShape Of(in Conv2dSpec spec) => new(spec.Batch, spec.InHeight, spec.InWidth, spec.InChannels, spec.ConvHeight,
        spec.ConvWidth, spec.OutChannels, spec.Kernel, spec.Stride, spec.PadTop, spec.PadLeft,
        spec.Padding ?? After(spec.ConvHeight, spec.Stride, spec.Kernel, spec.InHeight, spec.PadTop),
        spec.Padding ?? After(spec.ConvWidth, spec.Stride, spec.Kernel, spec.InWidth, spec.PadLeft));

    /// <summary>Whether the padding after differs from the padding before.</summary>
    public bool IsAsymmetric => PadTop != PadBottom || PadLeft != PadRight;

    /// <summary>The same with as much padding after as before: the input has rows and columns of zeros instead, at its end.</summary>
    public ConvolutionShape Symmetric() => this with
    {
        InHeight = InHeight + PadBottom - PadTop,
        InWidth = InWidth + PadRight - PadLeft,
        PadBottom = PadTop,
        PadRight = PadLeft,
    };

    /// <summary>The same with channels of zeros, so that both counts are multiples.</summary>
    public ConvolutionShape WithChannelsOf(int multiple) => this with
    {
        InChannels = (InChannels + multiple - 1) / multiple * multiple,
        OutChannels = (OutChannels + multiple - 1) / multiple * multiple,
    };

    /// <summary>(N, H, W, C) of the input.</summary>
    public BoxShape Input => new(Batch, InHeight, InWidth, InChannels);

    /// <summary>(N, H', W', K) of the result.</summary>
    public BoxShape Output => new(Batch, OutHeight, OutWidth, OutChannels);

    /// <summary>(K, R, S, C) of the kernel.</summary>
    public BoxShape Filter => new(OutChannels, Kernel, Kernel, InChannels);

    // 'Same' padding may leave the last rows of the input unused, but never takes any away.
    private static int After(int outputs, int stride, int kernel, int inputs, int before) =>
        Math.Max(0, ((outputs - 1) * stride) + kernel - inputs - before);
}

/// <summary>Sizes of a four-dimensional block, last dimension contiguous.</summary>
internal readonly record struct BoxShape(int N, int H, int W, int C)
{
    /// <summary>Elements.</summary>
    public long Count => (long)N * H * W * C;
}
