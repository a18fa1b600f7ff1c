using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>One thread's finders, made when they are needed first.</summary>
/// <param name="landmarks">Shared by all threads.</param>
/// <param name="detectors">Finds faces in a whole frame; null: dlib's frontal detector.</param>
internal sealed class StretchFinders(Lazy<LandmarkModel> landmarks, FaceDetectors? detectors) : IDisposable
{
    private IStretchFinder? everyFrame, tracked;
    private IReadOnlyList<FaceRecord>[] found = [];

    /// <summary>Searches of whole frames so far.</summary>
    public long Searches => (everyFrame?.Searches ?? 0) + (tracked?.Searches ?? 0);

    /// <summary>The faces of each frame of a stretch; valid until the next call.</summary>
    public Span<IReadOnlyList<FaceRecord>> Find(StretchJob stretch)
    {
        if (found.Length < stretch.Jobs.Count)
            found = new IReadOnlyList<FaceRecord>[stretch.Jobs.Count];
        Span<IReadOnlyList<FaceRecord>> faces = found.AsSpan(0, stretch.Jobs.Count);
        IStretchFinder finder = stretch.LooksAhead ? tracked ??= new TrackedFinder(Finder()) : everyFrame ??= new EveryFrameFinder(Finder());
        finder.Find(stretch.Stretch!, faces);
        return faces;
    }

    public void Dispose()
    {
        everyFrame?.Dispose();
        tracked?.Dispose();
    }

    private FaceFinder Finder() => new(landmarks, detectors?.Create() ?? new FaceDetector());
}
