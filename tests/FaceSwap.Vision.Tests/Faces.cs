using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

/// <summary>Landmarks of made-up faces: the mean face with a jaw, carried anywhere.</summary>
internal static class Faces
{
    /// <summary>68 whole-pixel landmarks of a face of about <paramref name="size"/> pixels between the brows' ends, turned by degrees.</summary>
    public static Point2[] At(double x, double y, double size, double degrees = 0)
    {
        Affine place = FaceAlignment.Rotation(0.5, 0.5, degrees, 1).Scale(size).Shift(x - (size / 2), y - (size / 2));
        List<Point2> points = [];
        for (int i = 0; i < 17; i++)
        {
            double angle = Math.PI * (i / 16.0);
            points.Add(new Point2(0.5 - (0.62 * Math.Cos(angle)), 0.25 + (0.95 * Math.Sin(angle))));
        }
        points.AddRange(MeanFace.Points);
        return [.. points.Select(place.Apply).Select(p => new Point2(Math.Round(p.X), Math.Round(p.Y)))];
    }
}
