using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The one face of the first golden frame, found once.</summary>
internal static class GoldenFace
{
    private static readonly Lazy<FaceRecord> Found = new(() =>
    {
        using LandmarkModel landmarks = LandmarkModel.Load();
        using FaceFinder finder = new(landmarks);
        using PooledFrame frame = ImageFile.Read(Golden.Path("vision", "frame0.png"));
        return Assert.Single(finder.Find(frame));
    });

    /// <summary>As it was found.</summary>
    public static FaceRecord Record => Found.Value;

    /// <summary>The face with its landmarks scaled, then moved; its box stays.</summary>
    public static FaceRecord At(double x, double y, double scale = 1) =>
        new(Record.Rect, [.. Record.Landmarks().Select(p => new Point2(x + (scale * p.X), y + (scale * p.Y)))]);
}
