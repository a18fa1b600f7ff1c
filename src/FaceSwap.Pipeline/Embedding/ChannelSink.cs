using System.Threading.Channels;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Pipeline.Embedding;

/// <summary>A pipeline's sink that hands frames to whoever reads them, and holds the pipeline back until then.</summary>
internal sealed class ChannelSink(CancellationToken cancellation) : IFrameSink
{
    private readonly Channel<SwappedFrame> frames = Channel.CreateBounded<SwappedFrame>(new BoundedChannelOptions(2) { SingleReader = true, SingleWriter = true });
    private IReadOnlyList<SwappedFace> faces = [];

    public IReadOnlyList<string> Warnings => [];

    /// <summary>The frames in order.</summary>
    public ChannelReader<SwappedFrame> Frames => frames.Reader;

    /// <summary>Takes the faces of the frame that is written next.</summary>
    public void Announce(FrameJob job)
    {
        if (job.FaceCount == 0)
        {
            faces = [];
            return;
        }
        var list = new SwappedFace[job.FaceCount];
        for (int i = 0; i < list.Length; i++)
            list[i] = new SwappedFace(job.Identity(i), (Point2[])[.. job.Landmarks(i)]);
        faces = list;
    }

    public void Write(Frame frame)
    {
        try
        {
            frames.Writer.WriteAsync(new SwappedFrame(frame, faces), cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    public void Complete() => frames.Writer.TryComplete();

    /// <summary>Ends the frames with what went wrong.</summary>
    public void Fail(Exception reason) => frames.Writer.TryComplete(reason);

    /// <summary>Frees frames that nobody took.</summary>
    public void Dispose()
    {
        frames.Writer.TryComplete();
        while (frames.Reader.TryRead(out SwappedFrame left))
            left.Frame.Dispose();
    }
}
