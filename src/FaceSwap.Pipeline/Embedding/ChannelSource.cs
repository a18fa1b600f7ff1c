using System.Threading.Channels;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Embedding;

/// <summary>Frames that another thread gives, as a pipeline's source.</summary>
internal sealed class ChannelSource(FrameStream stream) : IFrameSource
{
    // A decoder ahead of the pipeline gains nothing from more.
    private const int Waiting = 4;

    private readonly Channel<Frame> frames = Channel.CreateBounded<Frame>(new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true });
    private long next;

    public FrameSourceInfo Info { get; } = new("the stream of frames", stream.Width, stream.Height, stream.FrameRate,
        stream.TimeBase ?? new Rational(stream.FrameRate.Denominator, stream.FrameRate.Numerator), 0, 0, IsVideo: true);

    public IReadOnlyList<string> Warnings => [];

    /// <summary>Takes all frames of a sequence, then ends. What the sequence throws, <see cref="Read"/> throws.</summary>
    public async Task PumpAsync(IAsyncEnumerable<Frame> from, CancellationToken cancellation)
    {
        try
        {
            await foreach (Frame frame in from.WithCancellation(cancellation).ConfigureAwait(false))
            {
                try
                {
                    Check(frame);
                    await frames.Writer.WriteAsync(frame, cancellation).ConfigureAwait(false);
                }
                catch
                {
                    frame.Dispose();
                    throw;
                }
            }
            frames.Writer.Complete();
        }
        catch (Exception e)
        {
            frames.Writer.TryComplete(e);
        }
    }

    public Frame? Read(CancellationToken cancellation = default)
    {
        while (frames.Reader.WaitToReadAsync(cancellation).AsTask().GetAwaiter().GetResult())
        {
            if (!frames.Reader.TryRead(out Frame? frame))
                continue;
            if (stream.TimeBase is null)
                (frame.Pts, frame.Duration) = (next, 1);
            frame.Index = next++;
            return frame;
        }
        return null;
    }

    /// <summary>Frees frames that were given and not read.</summary>
    public void Dispose()
    {
        while (frames.Reader.TryRead(out Frame? left))
            left.Dispose();
    }

    private void Check(Frame frame)
    {
        if (frame.Width != stream.Width || frame.Height != stream.Height)
            throw new ArgumentException($"a frame of {frame.Width}x{frame.Height} came in a stream of {stream.Width}x{stream.Height}; begin another stream for it");
    }
}
