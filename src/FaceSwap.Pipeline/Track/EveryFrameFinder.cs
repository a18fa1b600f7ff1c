using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Pipeline.Track;

/// <summary>Searches every frame wholly.</summary>
/// <param name="finder">Finds faces in a frame; owned.</param>
internal sealed class EveryFrameFinder(FaceFinder finder) : IStretchFinder
{
    public long Searches => finder.Searches;

    public void Find(FrameStretch stretch, Span<IReadOnlyList<FaceRecord>> faces)
    {
        faces[0] = stretch.First(finder);
        for (int i = 1; i < stretch.Frames.Count; i++)
            faces[i] = finder.Find(stretch.Frames[i]);
    }

    public void Dispose() => finder.Dispose();
}
