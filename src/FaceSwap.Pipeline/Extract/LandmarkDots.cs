using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Pipeline.Extract;

/// <summary>Red dots where the landmarks are, as <c>--debug-landmarks</c> shows them.</summary>
internal static class LandmarkDots
{
    public const int Radius = 2;

    /// <summary>Draws into a crop.</summary>
    /// <param name="crop">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    /// <param name="landmarks">In the coordinates that <paramref name="map"/> reads.</param>
    /// <param name="map">To pixels of the crop.</param>
    public static void Draw(Frame crop, ReadOnlySpan<Point2> landmarks, Affine map)
    {
        PlaneView plane = crop.Plane(0);
        foreach (Point2 landmark in landmarks)
        {
            Point2 center = map.Apply(landmark);
            int x = (int)Math.Round(Math.Clamp(center.X, -Radius - 1, crop.Width + Radius)), y = (int)Math.Round(Math.Clamp(center.Y, -Radius - 1, crop.Height + Radius));
            for (int row = Math.Max(y - Radius, 0); row <= Math.Min(y + Radius, crop.Height - 1); row++)
            {
                Span<byte> pixels = plane.RowSpan(row);
                for (int column = Math.Max(x - Radius, 0); column <= Math.Min(x + Radius, crop.Width - 1); column++)
                {
                    if (((column - x) * (column - x)) + ((row - y) * (row - y)) <= (Radius * Radius) + 1)
                        (pixels[3 * column], pixels[(3 * column) + 1], pixels[(3 * column) + 2]) = (0, 0, 255);
                }
            }
        }
    }
}
