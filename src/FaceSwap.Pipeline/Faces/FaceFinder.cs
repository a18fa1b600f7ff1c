using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// Finds the faces of a frame and their landmarks on the luma plane in place; only frames of RGB or of more than 8 bits are turned to grey first. Where the upright frame has
/// none, angles may be tried: the first with a face wins. One instance a thread; the landmark model is shared. It owns its detector.
/// </summary>
/// <param name="landmarks">Places the landmarks; asked for at the first face.</param>
/// <param name="detector">Finds the boxes.</param>
/// <param name="angles">Degrees to turn frames without a face by, in this order; null: none.</param>
internal sealed class FaceFinder(Lazy<LandmarkModel> landmarks, IFaceDetector detector, IReadOnlyList<int>? angles = null) : IDisposable
{
    private readonly Point2[] points = new Point2[FaceRecord.LandmarkCount];

    /// <summary>With a model that is there.</summary>
    public FaceFinder(LandmarkModel landmarks, IFaceDetector detector, IReadOnlyList<int>? angles = null) : this(new Lazy<LandmarkModel>(landmarks), detector, angles)
    {
    }

    /// <summary>With dlib's frontal detector.</summary>
    public FaceFinder(LandmarkModel landmarks) : this(landmarks, new FaceDetector())
    {
    }

    /// <summary>The detector when it can search near a place; null when it searches whole frames only.</summary>
    public IWindowDetector? Near { get; } = detector as IWindowDetector;

    /// <summary>Whole frames searched so far.</summary>
    public long Searches { get; private set; }

    /// <summary>The faces, best detection first; empty when there is none. A face of a turned frame has its angle and the turned frame's coordinates.</summary>
    public FaceRecord[] Find(Frame frame)
    {
        Searches++;
        FaceRecord[] upright = Find(frame, 0);
        if (upright.Length > 0 || angles is null)
            return upright;
        foreach (int angle in angles)
        {
            using PooledFrame turned = new FrameRotation(frame.Width, frame.Height, angle).Turn(frame);
            if (Find(turned, angle) is { Length: > 0 } found)
                return found;
        }
        return [];
    }

    /// <summary>The face of an upright detection, with its landmarks.</summary>
    /// <param name="luma">The frame's luma.</param>
    /// <param name="found">The detection.</param>
    public FaceRecord Place(PlaneView luma, FaceDetection found) => Place(luma, found, 0);

    public void Dispose() => detector.Dispose();

    private FaceRecord[] Find(Frame frame, int angle)
    {
        FaceDetection[] found = detector.Detect(frame);
        if (found.Length == 0)
            return [];
        using PooledFrame? grey = frame.HasLuma ? null : Luma.From(frame);
        PlaneView luma = (grey ?? frame).Plane(0);
        FaceRecord[] records = new FaceRecord[found.Length];
        for (int i = 0; i < records.Length; i++)
            records[i] = Place(luma, found[i], angle);
        return records;
    }

    private FaceRecord Place(PlaneView luma, FaceDetection found, int angle)
    {
        landmarks.Value.Predict(luma, found.Rect, points);
        return new FaceRecord(found.Rect, points, angle) { Confidence = found.Confidence };
    }
}
