using System.Runtime.InteropServices;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Frames in memory: copies of the first golden frame in some format, named <c>0.png</c>, <c>1.png</c>, ….</summary>
internal sealed class MemorySource(int count, PixelFormat format = PixelFormat.Bgr24, int failAt = -1, int first = 0) : IFrameSource
{
    private readonly PooledFrame face = GoldenFrame(format);
    private int next = first;

    /// <summary>Frames delivered.</summary>
    public int Given { get; private set; }

    /// <summary>Called before each frame with its number.</summary>
    public Action<int>? OnRead { get; init; }

    public FrameSourceInfo Info => new("memory", face.Width, face.Height, new Rational(25, 1), new Rational(1, 25), count, 0, false);

    public IReadOnlyList<string> Warnings => [];

    /// <summary>The golden frame with each plane's samples taken from its channels: not a true picture, but one with detail in every plane.</summary>
    public static PooledFrame GoldenFrame(PixelFormat format)
    {
        PooledFrame picture = ImageFile.Read(Golden.Path("vision", "frame0.png"));
        if (format == PixelFormat.Bgr24)
            return picture;
        if (format.SampleBytes > 1)
        {
            picture.Dispose();
            using PooledFrame shallow = GoldenFrame(format.WithDepth(8));
            return Deepened(shallow, format.Depth);
        }
        using (picture)
        {
            PooledFrame frame = FramePool.Shared.Rent(picture.Width, picture.Height, format);
            (frame.Matrix, frame.Range) = (ColorMatrix.Bt709, ColorRange.Limited);
            for (int plane = 0; plane < frame.PlaneCount; plane++)
            {
                PlaneView view = frame.Plane(plane);
                int scaleX = picture.Width / view.Width, scaleY = picture.Height / view.Height;
                for (int y = 0; y < view.Height; y++)
                {
                    Span<byte> to = view.RowSpan(y), from = picture.Plane(0).RowSpan(y * scaleY);
                    for (int x = 0; x < to.Length; x++)
                        to[x] = plane == 0 ? from[(3 * x) + 1] : (byte)(96 + (from[(3 * (x / view.PixelStride) * scaleX) + (2 * ((plane + x) % 2))] / 4));
                }
            }
            return frame;
        }
    }

    // The same with bits below those of 8.
    private static PooledFrame Deepened(PooledFrame frame, int depth)
    {
        PooledFrame deep = FramePool.Shared.Rent(frame.Width, frame.Height, frame.Format.WithDepth(depth));
        (deep.Matrix, deep.Range) = (frame.Matrix, frame.Range);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            for (int y = 0; y < frame.Plane(plane).Height; y++)
            {
                Span<byte> from = frame.Plane(plane).RowSpan(y);
                Span<ushort> to = MemoryMarshal.Cast<byte, ushort>(deep.Plane(plane).RowSpan(y));
                for (int x = 0; x < to.Length; x++)
                    to[x] = (ushort)((from[x] << (depth - 8)) | ((x + y) & ((1 << (depth - 8)) - 1)));
            }
        }
        return deep;
    }

    public Frame? Read(CancellationToken cancellation = default)
    {
        OnRead?.Invoke(next);
        if (next == failAt)
            throw new InvalidDataException("broken here");
        if (next == count)
            return null;
        PooledFrame frame = FramePool.Shared.Rent(face.Width, face.Height, face.Format);
        for (int plane = 0; plane < face.PlaneCount; plane++)
        {
            for (int y = 0; y < face.Plane(plane).Height; y++)
                face.Plane(plane).RowSpan(y).CopyTo(frame.Plane(plane).RowSpan(y));
        }
        (frame.Matrix, frame.Range) = (face.Matrix, face.Range);
        (frame.Index, frame.Pts) = (next, next);
        Given++;
        frame.Name = $"{next++}.png";
        return frame;
    }

    public void Dispose() => face.Dispose();
}

/// <summary>Keeps the names and samples of the frames that it is given.</summary>
internal class MemorySink : IFrameSink
{
    public List<string> Names { get; } = [];

    /// <summary>The times of the frames.</summary>
    public List<long> Times { get; } = [];

    /// <summary>Called after each frame.</summary>
    public Action<int>? OnWrite { get; init; }

    /// <summary>Called by <see cref="Complete"/>.</summary>
    public Action? OnComplete { get; init; }

    public bool Completed { get; private set; }

    public bool Disposed { get; private set; }

    /// <summary>Of each frame: the samples of each plane, row after row.</summary>
    public List<byte[][]> Frames { get; } = [];

    public IReadOnlyList<string> Warnings => [];

    /// <summary>The samples of each plane of a frame, row after row.</summary>
    public static byte[][] Samples(Frame frame)
    {
        var planes = new byte[frame.PlaneCount][];
        for (int plane = 0; plane < planes.Length; plane++)
        {
            PlaneView view = frame.Plane(plane);
            int row = view.Width * view.PixelStride;
            planes[plane] = new byte[row * view.Height];
            for (int y = 0; y < view.Height; y++)
                view.RowSpan(y).CopyTo(planes[plane].AsSpan(y * row));
        }
        return planes;
    }

    public void Write(Frame frame)
    {
        Names.Add(frame.Name);
        Times.Add(frame.Pts);
        Frames.Add(Samples(frame));
        frame.Dispose();
        OnWrite?.Invoke(Names.Count);
    }

    public void Complete()
    {
        OnComplete?.Invoke();
        Completed = true;
    }

    public void Dispose() => Disposed = true;
}

/// <summary>A network whose output is the negative of its input.</summary>
internal sealed class InvertingNetwork(int batch, Action? onRun = null) : IFaceNetwork
{
    public int Runs { get; private set; }

    public int Size => 64;

    public int BatchSize => batch;

    public void Run(ReadOnlySpan<float> input, Span<float> output)
    {
        Runs++;
        onRun?.Invoke();
        for (int i = 0; i < input.Length; i++)
            output[i] = 1 - input[i];
    }

    public void Dispose()
    {
    }
}
