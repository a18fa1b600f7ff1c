using System.Text.Json;

namespace FaceSwap.Pipeline.Resume;

/// <summary>The state of a conversion just before the first frame of a segment: with it and the input, everything after is made again to the bit.</summary>
public sealed record SegmentStart
{
    /// <summary>Number of the segment, from 0.</summary>
    public required int Segment { get; init; }

    /// <summary><c>Frame.Index</c> of its first frame: frames of the source (or of its chosen part) before it.</summary>
    public required long SourceIndex { get; init; }

    /// <summary>Time of that frame in the source, in units of its time base, before anything was left out.</summary>
    public required long SourcePts { get; init; }

    /// <summary>Frames written before it.</summary>
    public required long FramesWritten { get; init; }

    /// <summary>Time left out before it, in units of the source's time base.</summary>
    public required long RemovedTime { get; init; }

    /// <summary>What the conversion's stages remember (faces being followed, counts); theirs to read.</summary>
    public required JsonElement State { get; init; }
}
