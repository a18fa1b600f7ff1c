using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Steady;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion does with frames and faces before any is cut out.</summary>
internal sealed record ConvertChoices
{
    /// <summary>Finds the faces where there are no alignments; null: dlib's frontal detector.</summary>
    public FaceDetectors? Detectors { get; init; }

    /// <summary>Holds faces still; null: faces stay where they were found.</summary>
    public SteadyFaces? Steady { get; init; }

    /// <summary>Frames to convert; null: all.</summary>
    public FrameRanges? Ranges { get; init; }

    /// <summary>Leave the other frames out instead of passing them on; those after a gap are shown earlier by its length.</summary>
    public bool Discard { get; init; }

    /// <summary>Told of each stretch that was left out (first moment, first moment kept again, in the source's time base) before the next frame is written;
    /// null as the second: to the end.</summary>
    public Action<long, long?>? OnGap { get; init; }

    /// <summary>Faces to convert; null: all.</summary>
    public AlignedFolder? Kept { get; init; }

    /// <summary>Faces are put back by their boxes (Adjust) rather than by their landmarks.</summary>
    public bool ByBoxes { get; init; }
}
