using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// Finds the faces of a frame and their landmarks on the luma plane in place; only frames of BGR pixels are turned to grey first. One
/// instance a thread; the landmark model is shared. It owns its detector.
/// </summary>
internal sealed class FaceFinder(LandmarkModel landmarks, IFaceDetector detector) : IDisposable
{
    private readonly Point2[] points = new Point2[FaceRecord.LandmarkCount];

    /// <summary>With dlib's frontal detector.</summary>
    public FaceFinder(LandmarkModel landmarks) : this(landmarks, new FaceDetector())
    {
    }

    /// <summary>The faces, best detection first; empty when there is none.</summary>
    public FaceRecord[] Find(Frame frame)
    {
        FaceDetection[] found = detector.Detect(frame);
        if (found.Length == 0)
            return [];
        using PooledFrame? grey = frame.HasLuma ? null : Luma.FromBgr(frame);
        PlaneView luma = (grey ?? frame).Plane(0);
        FaceRecord[] records = new FaceRecord[found.Length];
        for (int i = 0; i < records.Length; i++)
        {
            landmarks.Predict(luma, found[i].Rect, points);
            records[i] = new FaceRecord(found[i].Rect, points);
        }
        return records;
    }

    public void Dispose() => detector.Dispose();
}
