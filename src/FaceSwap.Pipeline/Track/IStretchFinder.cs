using FaceSwap.Pipeline.Alignments;

namespace FaceSwap.Pipeline.Track;

/// <summary>Finds the faces of every frame of a stretch. One instance a thread.</summary>
internal interface IStretchFinder : IDisposable
{
    /// <summary>Searches of whole frames so far.</summary>
    long Searches { get; }

    /// <summary>Finds them. The result depends on the stretch's frames and the next one's first alone, never on what was searched before.</summary>
    /// <param name="stretch">The frames, only read.</param>
    /// <param name="faces">Takes the faces of each frame, best detection first.</param>
    void Find(FrameStretch stretch, Span<IReadOnlyList<FaceRecord>> faces);
}
