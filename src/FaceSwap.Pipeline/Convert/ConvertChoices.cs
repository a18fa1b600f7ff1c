using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What is done with a clip's frames and faces before any is cut out.</summary>
internal sealed record ConvertChoices
{
    /// <summary>Holds faces still; null: faces stay where they were found.</summary>
    public SteadyFaces? Steady { get; init; }

    /// <summary>Frames to convert; null: all.</summary>
    public FrameRanges? Ranges { get; init; }

    /// <summary>Leave the other frames out instead of passing them on; those after a gap are shown earlier by its length.</summary>
    public bool Discard { get; init; }

    /// <summary>Told of each stretch that was left out (first moment, first moment kept again, in the source's time base) before the next frame is written;
    /// null as the second: to the end.</summary>
    public Action<long, long?>? OnGap { get; init; }

    /// <summary>Told of each frame just before it is written, with its faces.</summary>
    public Action<FrameJob>? OnFrame { get; init; }

    /// <summary>Faces to convert; null: all.</summary>
    public AlignedFolder? Kept { get; init; }

    /// <summary>Faces are put back by their boxes (Adjust) rather than by their landmarks.</summary>
    public bool ByBoxes { get; init; }

    /// <summary>Frames of a stretch, of which the first is searched wholly; 1: every frame is. Fewer where frames are large.</summary>
    public int Stretch { get; init; } = 1;

    /// <summary>Frames of a stretch that begins without a face, as the one before it did; as many as <see cref="Stretch"/> or fewer: those are no longer.</summary>
    public int EmptyStretch { get; init; }

    /// <summary>Frames of a segment, counted as they are written; 0: the output is one piece. Only for an <see cref="ISegmentedSink"/>.</summary>
    public int SegmentFrames { get; init; }

    /// <summary>Where an earlier run of the same conversion had come to; the source begins with that frame, with its time, number and name. Null: at the beginning.</summary>
    public SegmentStart? ResumeFrom { get; init; }
}

/// <summary>What holds for all clips of a conversion.</summary>
internal sealed record PipelineChoices
{
    /// <summary>Threads that find faces.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The longest <see cref="ConvertChoices.Stretch"/> of any clip.</summary>
    public int LongestStretch { get; init; } = 1;

    /// <summary>The longest <see cref="ConvertChoices.EmptyStretch"/> of any clip.</summary>
    public int LongestEmptyStretch { get; init; }

    /// <summary>Finds the faces where there are no alignments; null: dlib's frontal detector.</summary>
    public FaceDetectors? Detectors { get; init; }

    /// <summary>The landmark model, shared by the threads; the pipeline disposes it if it was made. Null: the pipeline's own.</summary>
    public Lazy<LandmarkModel>? Landmarks { get; init; }

    /// <summary>How long frames may wait for a batch to fill; null: for ever, so that batches do not depend on time. For a source that pauses.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>Memory of all frames between decoder and encoder, in bytes.</summary>
    public long FrameBytes { get; init; } = 160L << 20;

    /// <summary>Told when a clip is over, complete or failed; from one thread at a time, not always the same.</summary>
    public Action<Clip>? OnClipEnd { get; init; }
}
