using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Track;

/// <summary>A face on its way from frame to frame of a stretch, in either direction.</summary>
/// <param name="first">Where it was found.</param>
internal sealed class FollowedFace(FaceRecord first)
{
    private Point2 step;

    /// <summary>Where it was seen last.</summary>
    public FaceRecord Last { get; private set; } = first;

    /// <summary>Not seen in the last frame, where a search of the whole frame did not find it either.</summary>
    public bool Lost { get; private set; }

    /// <summary>Sights since the last one that the full search would have taken too.</summary>
    public List<(int Frame, FaceRecord Face)> Weak { get; } = [];

    /// <summary>Whether its speed is known.</summary>
    public bool Moves { get; private set; }

    /// <summary>The box where it is expected in the next frame. The detector's boxes lie on a grid of a tenth of their side; the way from frame to frame is
    /// that of the landmarks, which are finer.</summary>
    public RectI Expected => new(Last.Rect.X + (int)Math.Round(step.X), Last.Rect.Y + (int)Math.Round(step.Y), Last.Rect.Width, Last.Rect.Height);

    /// <summary>Takes the next sight.</summary>
    public void See(int frame, FaceRecord face)
    {
        Point2 from = Center(Last), to = Center(face);
        Moves = !Lost;
        step = Moves ? new Point2(to.X - from.X, to.Y - from.Y) : default;
        (Last, Lost) = (face, false);
        if (face.Confidence < 0)
            Weak.Add((frame, face));
        else
            Weak.Clear();
    }

    /// <summary>Waits where it was seen last.</summary>
    public void Miss() => (Lost, Moves, step) = (true, false, default);

    /// <summary>Whether two boxes are of one face: the limits of the detector's own suppression, over which it never gives two faces.</summary>
    public static bool Same(RectI a, RectI b)
    {
        const double shared = 0.33, covered = 0.79;
        RectI both = a.Intersect(b);
        if (both.IsEmpty)
            return false;
        double area = (double)both.Width * both.Height, first = (double)a.Width * a.Height, second = (double)b.Width * b.Height;
        return area > shared * (first + second - area) || area > covered * Math.Min(first, second);
    }

    /// <summary>How well a detection fits this face, to choose among several of it, or among several faces for it: its score, less for what lies far from
    /// where it is expected. Faces that the detector tells apart are at least a third of a side apart.</summary>
    public double Fit(in FaceDetection found)
    {
        const double farOff = 4, wrongSize = 1, lost = 1;
        RectI expected = Expected;
        double side = Math.Max(expected.Width, 1);
        double x = (found.Rect.X + found.Rect.Right - expected.X - expected.Right) / (2 * side);
        double y = (found.Rect.Y + found.Rect.Bottom - expected.Y - expected.Bottom) / (2 * side);
        double size = Math.Abs(Math.Log(Math.Max(found.Rect.Width, 1) / side));
        return found.Confidence - (farOff * Math.Sqrt((x * x) + (y * y))) - (wrongSize * size) - (Lost ? lost : 0);
    }

    private static Point2 Center(FaceRecord face)
    {
        double x = 0, y = 0;
        for (int i = 0; i < FaceRecord.LandmarkCount; i++)
        {
            Point2 p = face.Landmark(i);
            (x, y) = (x + p.X, y + p.Y);
        }
        return new Point2(x / FaceRecord.LandmarkCount, y / FaceRecord.LandmarkCount);
    }
}
