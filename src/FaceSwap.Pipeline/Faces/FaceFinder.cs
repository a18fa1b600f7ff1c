using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// Finds the faces of a frame and their landmarks on the luma plane in place; only frames of BGR pixels are turned to grey first. One
/// instance a thread; the landmark model is shared.
/// </summary>
internal sealed class FaceFinder(LandmarkModel landmarks) : IDisposable
{
    private readonly FaceDetector detector = new();
    private readonly Point2[] points = new Point2[FaceRecord.LandmarkCount];

    /// <summary>The faces, best detection first; empty when there is none.</summary>
    public FaceRecord[] Find(Frame frame)
    {
        using PooledFrame? grey = frame.HasLuma ? null : Luma.FromBgr(frame);
        PlaneView luma = (grey ?? frame).Plane(0);
        FaceDetection[] found = detector.Detect(luma);
        if (found.Length == 0)
            return [];
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
