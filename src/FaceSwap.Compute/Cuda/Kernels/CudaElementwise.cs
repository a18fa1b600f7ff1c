namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>
/// Enqueues conversions, the step counter, explicit padding and cropping: the kernels of <c>convert.cu</c>, <c>increment.cu</c> and <c>pad.cu</c>. An operation
/// (or the backend) calls a Prepare method when it is created: kernels cannot be loaded while a step is recorded.
/// </summary>
internal static class CudaElementwise
{
    /// <summary>Threads a block.</summary>
    public const int Threads = 256;

    /// <summary>Bytes that a conversion must move for each element.</summary>
    public static int ConvertBytesPerElement(ElementType from, ElementType to) => from.Bytes() + to.Bytes();

    /// <summary>Loads the kernels of <see cref="Convert(CudaDevice, nint, ElementType, nint, ElementType, long)"/> and <see cref="Increment"/>.</summary>
    public static void Prepare(CudaDevice device)
    {
        foreach (string name in new[] { "fs_convert_f32_bf16", "fs_convert_bf16_f32", "fs_convert_copy", "fs_increment_i64" })
            device.Kernel(name);
    }

    /// <summary>Loads the kernels of <see cref="Pad"/> and <see cref="Crop"/>.</summary>
    public static void PreparePadding(CudaDevice device, ElementType type)
    {
        device.Kernel(PadName(type));
        device.Kernel(CropName(type));
    }

    /// <summary>to[i] = from[i] in another element type, or a copy.</summary>
    /// <param name="device">The device.</param>
    /// <param name="from">(count).</param>
    /// <param name="fromType">Its type.</param>
    /// <param name="to">(count), apart from <paramref name="from"/>; overwritten.</param>
    /// <param name="toType">Its type.</param>
    /// <param name="count">Elements.</param>
    public static void Convert(CudaDevice device, nint from, ElementType fromType, nint to, ElementType toType, long count)
    {
        if (count == 0)
            return;
        bool copy = fromType == toType;
        string name = copy ? "fs_convert_copy" : toType == ElementType.BFloat16 ? "fs_convert_f32_bf16" : "fs_convert_bf16_f32";
        long items = copy ? count * fromType.Bytes() : count;
        int unit = ((from | to) & 15) != 0 ? 1 : copy ? 16 : 8;
        device.Kernel(name).Launch(Linear(device, items / unit), new Grid3(Threads), new ConvertArguments { From = from, To = to, Count = items });
    }

    /// <summary>The same for spans.</summary>
    /// <exception cref="ArgumentException">They differ in their number of elements.</exception>
    public static void Convert(CudaDevice device, DeviceSpan<byte> from, ElementType fromType, DeviceSpan<byte> to, ElementType toType)
    {
        long count = from.Length / fromType.Bytes();
        Convert(device, CudaSpan.Pointer(from, count * fromType.Bytes(), nameof(from)), fromType,
            CudaSpan.Pointer(to, count * toType.Bytes(), nameof(to)), toType, count);
    }

    /// <summary>counter += amount.</summary>
    public static void Increment(CudaDevice device, DeviceSpan<long> counter, long amount) =>
        device.Kernel("fs_increment_i64").Launch(new Grid3(1), new Grid3(32),
            new IncrementArguments { Counter = CudaSpan.Pointer(counter, 1, nameof(counter)), Amount = amount });

    /// <summary>wide = narrow with zeros around it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">Element type of both.</param>
    /// <param name="narrow">(N, height, width, C).</param>
    /// <param name="wide">(N, wideHeight, wideWidth, C); overwritten.</param>
    /// <param name="shape">Sizes and where narrow lies in wide.</param>
    public static void Pad(CudaDevice device, ElementType type, nint narrow, nint wide, in Padding shape)
    {
        PadArguments args = Arguments(type, narrow, wide, shape, shape.WideHeight);
        device.Kernel(PadName(type)).Launch(Rows(device, args.WideRow, args.Rows), new Grid3(Threads), args);
    }

    /// <summary>narrow = the part of wide that it covers.</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">Element type of both.</param>
    /// <param name="wide">(N, wideHeight, wideWidth, C).</param>
    /// <param name="narrow">(N, height, width, C); overwritten.</param>
    /// <param name="shape">Sizes and where narrow lies in wide.</param>
    public static void Crop(CudaDevice device, ElementType type, nint wide, nint narrow, in Padding shape)
    {
        PadArguments args = Arguments(type, wide, narrow, shape, shape.Height);
        device.Kernel(CropName(type)).Launch(Rows(device, args.NarrowRow, args.Rows), new Grid3(Threads), args);
    }

    /// <summary>Blocks of 256 threads for a grid-stride loop: enough for one turn each, at most eight turns' worth of a full device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="items">What the threads share: one each to a turn.</param>
    public static Grid3 Linear(CudaDevice device, long items) =>
        new((uint)Math.Clamp((items + Threads - 1) / Threads, 1, (long)device.Multiprocessors * 64));

    private static PadArguments Arguments(ElementType type, nint from, nint to, in Padding shape, int rowsOfImage)
    {
        if (shape.Height + shape.Top > shape.WideHeight || shape.Width + shape.Left > shape.WideWidth || shape.Top < 0 || shape.Left < 0)
            throw new ArgumentException($"{shape.Width}×{shape.Height} at ({shape.Left}, {shape.Top}) is not within {shape.WideWidth}×{shape.WideHeight}");
        int full = 16 / type.Bytes();
        bool vector = ((from | to) & 15) == 0 && shape.Channels % full == 0;
        long units = vector ? shape.Channels / full : shape.Channels;
        return new PadArguments
        {
            From = from,
            To = to,
            NarrowRow = shape.Width * units,
            WideRow = shape.WideWidth * units,
            Left = shape.Left * units,
            Rows = checked(shape.Batch * rowsOfImage),
            NarrowHeight = shape.Height,
            WideHeight = shape.WideHeight,
            Top = shape.Top,
            Vector = vector ? 1 : 0,
            ByHeight = new KernelDivisor(rowsOfImage),
        };
    }

    /// <summary>A grid whose threads keep their place in a row and walk the rows.</summary>
    /// <param name="device">The device.</param>
    /// <param name="row">What the threads of a row share: one each.</param>
    /// <param name="rows">Rows.</param>
    public static Grid3 Rows(CudaDevice device, long row, int rows)
    {
        long wide = (row + Threads - 1) / Threads;
        return new Grid3(checked((uint)wide), (uint)Math.Clamp(device.Multiprocessors * 32 / wide, 1, Math.Min(rows, 65535)));
    }

    private static string PadName(ElementType type) => type == ElementType.Float32 ? "fs_pad_fwd_f32" : "fs_pad_fwd_bf16";

    private static string CropName(ElementType type) => type == ElementType.Float32 ? "fs_crop_bwd_f32" : "fs_crop_bwd_bf16";
}

/// <summary>A tensor (N, height, width, C) within a wider one (N, wideHeight, wideWidth, C).</summary>
/// <param name="Batch">N.</param>
/// <param name="Height">Rows of the narrow one.</param>
/// <param name="Width">Columns of the narrow one.</param>
/// <param name="Channels">C.</param>
/// <param name="Top">Rows above it.</param>
/// <param name="Left">Columns before it.</param>
/// <param name="WideHeight">Rows of the wide one.</param>
/// <param name="WideWidth">Columns of the wide one.</param>
internal readonly record struct Padding(int Batch, int Height, int Width, int Channels, int Top, int Left, int WideHeight, int WideWidth);
