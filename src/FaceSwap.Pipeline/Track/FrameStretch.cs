using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Pipeline.Track;

/// <summary>Consecutive frames of one source that one worker searches for faces. Stretches know nothing of each other but the faces of the next one's first frame,
/// so that several are searched at once and a conversion can begin anew at any of them.</summary>
/// <param name="frames">At least one; only read. They live until the stretch's faces are known.</param>
internal sealed class FrameStretch(IReadOnlyList<Frame> frames)
{
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim settled = new();
    private FaceRecord[]? first;

    /// <summary>The frames in their order.</summary>
    public IReadOnlyList<Frame> Frames => frames;

    /// <summary>The stretch that follows without a gap, set before a worker gets this one; null where the source or its chosen part ends.</summary>
    public FrameStretch? Next { get; set; }

    /// <summary>Whether the search of the stretch before looks at this one's first frame; set with <see cref="Next"/>. False where a run may begin, so that it knows
    /// no more than one that did begin there.</summary>
    public bool Expected { get; set; }

    /// <summary>Called when the search of the stretch before is over: it has looked at this one's first frame now, or does not any more.</summary>
    public void Settle() => settled.Set();

    /// <summary>Whether the stretch before has found no face in this one's first frame. Waits for its search.</summary>
    public bool BeginsEmpty(CancellationToken stop)
    {
        if (!Expected)
            return false;
        settled.Wait(stop);
        lock (gate)
            return first is { Length: 0 };
    }

    /// <summary>Faces that a full search finds in the first frame. Whoever asks first searches: the worker of this stretch, or that of the one before, which looks
    /// back from here. No frame of a stretch is changed before its own worker has asked.</summary>
    public FaceRecord[] First(FaceFinder finder)
    {
        lock (gate)
            return first ??= finder.Find(frames[0]);
    }
}
