using FaceSwap.Core.Geometry;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>
/// One face of one frame as the alignments file stores it: the detection rectangle, 68 landmarks of the iBUG scheme in whole pixels, and
/// the angle by which the frame was rotated when the face was found (coordinates are those of the rotated frame).
/// </summary>
public sealed class FaceRecord
{
    /// <summary>Number of landmarks of a face.</summary>
    public const int LandmarkCount = 68;

    private readonly int[] points; // (68, 2): x, y

    /// <summary>Makes a record.</summary>
    /// <exception cref="ArgumentException">Not 68 landmarks.</exception>
    public FaceRecord(RectI rect, ReadOnlySpan<Point2> landmarks, int rotation = 0)
    {
        if (landmarks.Length != LandmarkCount)
            throw new ArgumentException($"a face has {LandmarkCount} landmarks, not {landmarks.Length}", nameof(landmarks));
        Rect = rect;
        Rotation = rotation;
        points = new int[2 * LandmarkCount];
        for (int i = 0; i < LandmarkCount; i++)
        {
            points[2 * i] = (int)Math.Round(landmarks[i].X);
            points[(2 * i) + 1] = (int)Math.Round(landmarks[i].Y);
        }
    }

    /// <summary>The detection rectangle.</summary>
    public RectI Rect { get; }

    /// <summary>Degrees; 0 when the face was found upright.</summary>
    public int Rotation { get; }

    /// <summary>The detector's score where the face has just been found; 0 where it was read from a file, which does not tell.</summary>
    public double Confidence { get; init; }

    /// <summary>Landmark <paramref name="index"/> in pixels.</summary>
    public Point2 Landmark(int index) => new(points[2 * index], points[(2 * index) + 1]);

    /// <summary>Copies the 68 landmarks.</summary>
    public void CopyLandmarks(Span<Point2> destination)
    {
        for (int i = 0; i < LandmarkCount; i++)
            destination[i] = Landmark(i);
    }

    /// <summary>The 68 landmarks.</summary>
    public Point2[] Landmarks()
    {
        Point2[] copy = new Point2[LandmarkCount];
        CopyLandmarks(copy);
        return copy;
    }
}
