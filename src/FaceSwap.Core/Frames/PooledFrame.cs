using System.Runtime.InteropServices;

namespace FaceSwap.Core.Frames;

/// <summary>A frame in memory of its own (one 64-byte aligned block, rows padded to 64 bytes), taken from a <see cref="FramePool"/>.</summary>
public sealed class PooledFrame : Frame
{
    private readonly FramePool pool;
    private readonly PlaneView[] planes;
    private nint block;

    internal PooledFrame(FramePool pool, nint block, int width, int height, PixelFormat format)
    {
        this.pool = pool;
        this.block = block;
        Width = width;
        Height = height;
        Format = format;
        planes = FrameLayout.Planes(block, width, height, format);
    }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override int Height { get; }

    /// <inheritdoc/>
    public override PixelFormat Format { get; }

    /// <inheritdoc/>
    public override PlaneView Plane(int index) => planes[index];

    /// <inheritdoc/>
    public override Frame AsWritable() => this;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        nint owned = Interlocked.Exchange(ref block, 0);
        if (owned != 0)
            pool.Return(owned, FrameLayout.Bytes(Width, Height, Format));
    }

    /// <summary>Returns the block if nobody disposed the frame.</summary>
    ~PooledFrame() => Dispose(false);
}

/// <summary>Reuses blocks of native memory of equal size; at most <paramref name="keep"/> unused blocks are kept.</summary>
public sealed class FramePool(int keep = 16) : IDisposable
{
    // Vector code of encoders and scalers reads past the last row by up to a register; that must not be the end of a mapping.
    private const int ReadBeyond = 64;

    // A few frames of 8K; those of single enormous images are not kept.
    private const long KeepBytes = 256L << 20;

    private readonly Dictionary<long, Stack<nint>> free = [];
    private long unusedBytes;
    private int unused;
    private bool disposed;

    /// <summary>A pool for those who need no other.</summary>
    public static FramePool Shared { get; } = new();

    /// <summary>A frame whose samples are not initialised.</summary>
    public unsafe PooledFrame Rent(int width, int height, PixelFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        long bytes = FrameLayout.Bytes(width, height, format);
        nint block = 0;
        lock (free)
        {
            if (free.TryGetValue(bytes, out Stack<nint>? stack) && stack.TryPop(out block))
            {
                unused--;
                unusedBytes -= bytes;
            }
        }
        if (block == 0)
            block = (nint)NativeMemory.AlignedAlloc((nuint)bytes + ReadBeyond, 64);
        return new PooledFrame(this, block, width, height, format);
    }

    internal unsafe void Return(nint block, long bytes)
    {
        lock (free)
        {
            if (!disposed && unused < keep && unusedBytes + bytes <= KeepBytes)
            {
                if (!free.TryGetValue(bytes, out Stack<nint>? stack))
                    free[bytes] = stack = new Stack<nint>();
                stack.Push(block);
                unused++;
                unusedBytes += bytes;
                return;
            }
        }
        NativeMemory.AlignedFree((void*)block);
    }

    /// <summary>Frees the unused blocks; frames still out free theirs when they are disposed.</summary>
    public unsafe void Dispose()
    {
        lock (free)
        {
            disposed = true;
            foreach (nint block in free.Values.SelectMany(s => s))
                NativeMemory.AlignedFree((void*)block);
            free.Clear();
            unused = 0;
            unusedBytes = 0;
        }
    }
}

/// <summary>The layout of frames in one block.</summary>
public static class FrameLayout
{
    private static int Aligned(int bytes) => (bytes + 63) & ~63;

    /// <summary>Width, height and bytes a pixel of each plane.</summary>
    public static (int Width, int Height, int PixelStride)[] PlaneSizes(int width, int height, PixelFormat format)
    {
        var sizes = new (int Width, int Height, int PixelStride)[format.PlaneCount];
        for (int i = 0; i < sizes.Length; i++)
            sizes[i] = PlaneSize(width, height, format, i);
        return sizes;
    }

    /// <summary>Width, height and bytes a pixel of one plane.</summary>
    public static (int Width, int Height, int PixelStride) PlaneSize(int width, int height, PixelFormat format, int plane)
    {
        if (!Enum.IsDefined(format.Layout))
            throw new ArgumentOutOfRangeException(nameof(format), format, null);
        (int across, int down) = plane is 1 or 2 ? format.ChromaShift : default;
        int step = format.Layout switch
        {
            PixelFormat.Bgr24 => 3,
            PixelFormat.Nv12 when plane == 1 => 2,
            _ => format.SampleBytes,
        };
        return ((width + across) >> across, (height + down) >> down, step);
    }

    /// <summary>Bytes of a whole frame.</summary>
    public static long Bytes(int width, int height, PixelFormat format)
    {
        long bytes = 0;
        for (int i = 0; i < format.PlaneCount; i++)
        {
            (int w, int h, int step) = PlaneSize(width, height, format, i);
            bytes += (long)Aligned(w * step) * h;
        }
        return bytes;
    }

    internal static PlaneView[] Planes(nint block, int width, int height, PixelFormat format)
    {
        (int Width, int Height, int PixelStride)[] sizes = PlaneSizes(width, height, format);
        PlaneView[] planes = new PlaneView[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            (int w, int h, int step) = sizes[i];
            int stride = Aligned(w * step);
            planes[i] = new PlaneView(block, stride, w, h, step);
            block += (nint)stride * h;
        }
        return planes;
    }
}
