using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Track;

/// <summary>Searches one frame near expected faces. Only BGR frames are turned to grey, once, when the first face is searched for.</summary>
/// <param name="finder">Its detector must be able to search near a place.</param>
/// <param name="frame">The frame, only read.</param>
internal sealed class NearSearch(FaceFinder finder, Frame frame) : IDisposable
{
    // In sides of the box. The first is two steps of the detector's grid either way; the second is tried before a face counts as lost.
    private const double Reach = 0.2, FarReach = 0.5;

    // A face is kept at a score at which the full search would not have begun with it: it flickers less.
    private const double KeepThreshold = -0.2;

    private const int MostSteps = 2;

    private readonly IWindowDetector detector = finder.Near!;
    private PooledFrame? grey;

    private PlaneView Luma => (frame.HasLuma ? frame : grey ??= Vision.Luma.FromBgr(frame)).Plane(0);

    /// <summary>What may be the face: nothing when it is lost.</summary>
    public FaceDetection[] Candidates(FollowedFace face)
    {
        FaceWindow near = new(face.Expected, Reach, 1, 1, face.Lost ? 0 : KeepThreshold);
        FaceDetection[] found = detector.DetectNear(frame, Luma, near);
        return found.Length > 0 || face.Lost ? found : detector.DetectNear(frame, Luma, near with { Reach = FarReach, Finer = 2, Coarser = 2 });
    }

    /// <summary>The face that a detection is of, with its landmarks. Where the detection lies at the edge of the sizes searched, the next size may fit better.</summary>
    public FaceRecord Place(FollowedFace face, FaceDetection found)
    {
        int from = FaceDetector.Level(face.Expected.Width), way = Math.Sign(FaceDetector.Level(found.Rect.Width) - from);
        for (int i = 0; i < MostSteps && way != 0; i++)
        {
            FaceDetection[] next = detector.DetectNear(frame, Luma, new FaceWindow(found.Rect, Reach, -way, way, found.Confidence));
            if (next.Length == 0 || next[0].Confidence <= found.Confidence)
                break;
            found = next[0];
        }
        return finder.Place(Luma, found);
    }

    public void Dispose() => grey?.Dispose();
}
