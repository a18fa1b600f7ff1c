using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Cli.Bench;

/// <summary>The first frames of a video, decoded once and then played forth and back for as long as is wanted: a source that costs nothing. Each frame counts as shared, as a
/// decoder's does, so whoever writes into one pays for a copy.</summary>
internal sealed class MemoryFrames : IFrameSource
{
    private const int Least = 32;
    private readonly List<Frame> pictures = [];
    private readonly TimeSpan time;
    private readonly Stopwatch clock = new();
    private long next;

    /// <summary>Decodes them.</summary>
    /// <param name="video">The video.</param>
    /// <param name="bytes">Memory to hold at most.</param>
    /// <param name="time">How long to give frames, from the first on; a few at least.</param>
    /// <param name="cancellation">Stops decoding.</param>
    public MemoryFrames(string video, long bytes, TimeSpan time, CancellationToken cancellation)
    {
        this.time = time;
        using VideoReader reader = VideoReader.Open(video);
        Info = reader.Info with { FrameCount = 0 };
        while (reader.Read(cancellation) is { } frame)
        {
            pictures.Add(frame);
            bytes -= FrameLayout.Bytes(frame.Width, frame.Height, frame.Format);
            if (bytes < FrameLayout.Bytes(frame.Width, frame.Height, frame.Format))
                break;
        }
        if (pictures.Count == 0)
            throw new UserErrorException($"'{video}' holds no frame");
    }

    public FrameSourceInfo Info { get; }

    public IReadOnlyList<string> Warnings => [];

    /// <summary>Frames held.</summary>
    public int Held => pictures.Count;

    public Frame? Read(CancellationToken cancellation = default)
    {
        clock.Start();
        if (next >= Least && clock.Elapsed >= time)
            return null;
        long turn = Math.Max(1, (2 * pictures.Count) - 2), at = next % turn;
        Frame picture = pictures[(int)(at < pictures.Count ? at : turn - at)];
        double step = Info.FrameRate.Value > 0 && Info.TimeBase.Value > 0 ? 1 / (Info.FrameRate.Value * Info.TimeBase.Value) : 1;
        Shared frame = new(picture) { Matrix = picture.Matrix, Range = picture.Range, Index = next, Pts = (long)(next * step), Duration = (long)step };
        next++;
        return frame;
    }

    public void Dispose()
    {
        foreach (Frame picture in pictures)
            picture.Dispose();
        pictures.Clear();
    }

    private sealed class Shared(Frame picture) : Frame
    {
        public override int Width => picture.Width;

        public override int Height => picture.Height;

        public override PixelFormat Format => picture.Format;

        public override PlaneView Plane(int index) => picture.Plane(index);

        public override Frame AsWritable()
        {
            PooledFrame copy = FramePool.Shared.Rent(Width, Height, Format);
            CopyPropertiesTo(copy);
            for (int i = 0; i < PlaneCount; i++)
            {
                PlaneView from = Plane(i), to = copy.Plane(i);
                for (int y = 0; y < from.Height; y++)
                    from.RowSpan(y).CopyTo(to.RowSpan(y));
            }
            return copy;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

/// <summary>Takes frames and does nothing with them.</summary>
internal sealed class NoFrames : IFrameSink
{
    public IReadOnlyList<string> Warnings => [];

    public void Write(Frame frame) => frame.Dispose();

    public void Complete()
    {
    }

    public void Dispose()
    {
    }
}
