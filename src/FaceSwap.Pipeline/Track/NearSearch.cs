using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Track;

/// <summary>Searches one frame near expected faces. Only frames of RGB or of more than 8 bits are turned to grey, once, when the first face is searched for.</summary>
/// <param name="finder">Its detector must be able to search near a place.</param>
/// <param name="frame">The frame, only read.</param>
internal sealed class NearSearch(FaceFinder finder, Frame frame) : IDisposable
{
    // In sides of the box: nearly two steps of the detector's grid either way, and what is tried before a face counts as lost; the same while its speed is not known.
    private const double Reach = 0.2, FarReach = 0.5, FirstReach = 0.35, FirstFarReach = 1;

    // So far from where it is expected, what is found may not be the best there is.
    private const double Inner = 0.15;

    // A face is followed through scores at which the full search would not have begun with it.
    private const double KeepThreshold = -0.2;

    private const int FarSizes = 2, MostSteps = 3;

    private readonly IWindowDetector detector = finder.Near!;
    private PooledFrame? grey;

    private PlaneView Luma => (frame.HasLuma ? frame : grey ??= Vision.Luma.From(frame)).Plane(0);

    /// <summary>What may be the face: nothing when it is lost.</summary>
    public FaceDetection[] Candidates(FollowedFace face)
    {
        FaceWindow near = new(face.Expected, face.Moves ? Reach : FirstReach, 1, 1, face.Lost ? 0 : KeepThreshold);
        FaceDetection[] found = detector.DetectNear(frame, Luma, near);
        return found.Length > 0 || face.Lost ? found : detector.DetectNear(frame, Luma, near with { Reach = face.Moves ? FarReach : FirstFarReach, Finer = FarSizes, Coarser = FarSizes });
    }

    /// <summary>The face that a detection is of, with its landmarks. Where the detection lies at the edge of what was searched, there may be a better one beyond, which a
    /// search of the whole frame would take.</summary>
    public FaceRecord Place(FollowedFace face, FaceDetection found)
    {
        RectI searched = face.Expected;
        for (int i = 0; i < MostSteps && !IsInner(searched, found.Rect); i++)
        {
            FaceDetection[] around = detector.DetectNear(frame, Luma, new FaceWindow(found.Rect, Reach, FarSizes, FarSizes, found.Confidence));
            if (around.Length == 0 || around[0].Confidence <= found.Confidence)
                break;
            (searched, found) = (found.Rect, around[0]);
        }
        return finder.Place(Luma, found);
    }

    private static bool IsInner(RectI searched, RectI found)
    {
        double most = 2 * Inner * searched.Width;
        return FaceDetector.Level(searched.Width) == FaceDetector.Level(found.Width) && Math.Abs(found.X + found.Right - searched.X - searched.Right) <= most
            && Math.Abs(found.Y + found.Bottom - searched.Y - searched.Bottom) <= most;
    }

    public void Dispose() => grey?.Dispose();
}
