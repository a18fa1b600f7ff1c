using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>The classic alignment of faces by their 68 landmarks (iBUG order).</summary>
public static class FaceAlignment
{
    /// <summary>Side of extracted faces.</summary>
    public const int ExtractSide = 256;

    /// <summary>Padding of extracted faces.</summary>
    public const int ExtractPadding = 48;

    /// <summary>The similarity from the image to the unit square of the mean face.</summary>
    /// <param name="landmarks">68 points in image pixels.</param>
    /// <exception cref="UserErrorException">The points are degenerate: all equal, or not finite.</exception>
    public static Affine Align(ReadOnlySpan<Point2> landmarks)
    {
        CheckCount(landmarks);
        try
        {
            return Similarity.Fit(landmarks[MeanFace.FirstLandmark..], MeanFace.Points);
        }
        catch (ArgumentException e)
        {
            throw new UserErrorException("A face's landmarks are degenerate (all in one place, or not numbers) and cannot be aligned.", e);
        }
    }

    /// <summary>
    /// The same, turned so that the eyes lie level. The angle is measured, as in the original, on landmarks carried into a square of
    /// <paramref name="side"/> without padding and rounded to integers, about the integer midpoint of the truncated centres.
    /// </summary>
    public static Affine AlignEyes(ReadOnlySpan<Point2> landmarks, int side = ExtractSide)
    {
        Affine toSquare = Align(landmarks).Scale(side);
        (long leftX, long leftY) = Center(landmarks[42..48], toSquare);
        (long rightX, long rightY) = Center(landmarks[36..42], toSquare);
        double degrees = (Math.Atan2(rightY - leftY, rightX - leftX) * (180 / Math.PI)) - 180;
        Affine turn = Rotation(FloorHalf(leftX + rightX), FloorHalf(leftY + rightY), degrees, 1);
        return toSquare.Then(turn).Scale(1.0 / side);
    }

    /// <summary>The map from the image into a square of a side with padding on every edge.</summary>
    /// <param name="unit">A result of <see cref="Align"/> or <see cref="AlignEyes"/>.</param>
    /// <param name="side">Side of the square in pixels.</param>
    /// <param name="padding">Pixels around the mean face's unit square.</param>
    public static Affine IntoSquare(Affine unit, int side, int padding) => unit.Scale(side - (2 * padding)).Shift(padding, padding);

    /// <summary>The map of the standard extracted crop: 256 pixels with a padding of 48.</summary>
    public static Affine ForExtraction(ReadOnlySpan<Point2> landmarks, bool alignEyes = false) =>
        IntoSquare(alignEyes ? AlignEyes(landmarks) : Align(landmarks), ExtractSide, ExtractPadding);

    /// <summary>Rotation by an angle, counter-clockwise in degrees with y downwards, and scale about a point, as OpenCV's getRotationMatrix2D.</summary>
    public static Affine Rotation(double centerX, double centerY, double degrees, double scale)
    {
        double cos = scale * Math.Cos(degrees * Math.PI / 180), sin = scale * Math.Sin(degrees * Math.PI / 180);
        return new Affine(cos, sin, ((1 - cos) * centerX) - (sin * centerY), -sin, cos, (sin * centerX) + ((1 - cos) * centerY));
    }

    private static void CheckCount(ReadOnlySpan<Point2> landmarks)
    {
        if (landmarks.Length != LandmarkModel.PointCount)
            throw new ArgumentException($"{LandmarkModel.PointCount} landmarks are needed, not {landmarks.Length}", nameof(landmarks));
    }

    // The mean of points that are first rounded to integers (half to even, as OpenCV does), then truncated.
    private static (long X, long Y) Center(ReadOnlySpan<Point2> points, Affine map)
    {
        double x = 0, y = 0;
        foreach (Point2 point in points)
        {
            Point2 carried = map.Apply(point);
            x += Math.Round(carried.X, MidpointRounding.ToEven);
            y += Math.Round(carried.Y, MidpointRounding.ToEven);
        }
        return ((long)(x / points.Length), (long)(y / points.Length));
    }

    private static long FloorHalf(long value) => value >> 1;
}
