using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Gives frames another size, or names by a pattern, on their way to a sink, which it owns.</summary>
/// <param name="inner">Where frames go.</param>
/// <param name="scale">Factor of both sides.</param>
/// <param name="pattern">Names, numbered from 1; null: frames keep theirs.</param>
/// <param name="byPlace">Number by the frames' places in the source, so that one that could not be read moves no other; otherwise by how many were written.</param>
internal sealed class FittedSink(IFrameSink inner, double scale, FileNamePattern? pattern, bool byPlace = false) : ISegmentedSink
{
    // Encoders of 4:2:0 take even sizes only.
    private readonly int multiple = inner is VideoWriter or KeptVideoSink ? 2 : 1;
    private long written;

    public IReadOnlyList<string> Warnings => inner.Warnings;

    public void Begin(SegmentStart start)
    {
        written = start.FramesWritten;
        (inner as ISegmentedSink)?.Begin(start);
    }

    public void Write(Frame frame)
    {
        long place = frame.Index + 1;
        if (scale != 1)
            frame = FrameConversion.Scale(frame, Side(frame.Width), Side(frame.Height));
        written++;
        if (pattern is not null)
            frame.Name = pattern.Name(byPlace ? place : written);
        inner.Write(frame);
    }

    public void Complete() => inner.Complete();

    public void Dispose() => inner.Dispose();

    private int Side(int side) => Math.Max((int)Math.Round(side * scale / multiple), 1) * multiple;
}
