namespace FaceSwap.Core.Geometry;

/// <summary>The part of a face where its colors are measured: the landmarks' hull drawn in, because along the jaw of a turned head the hull holds background.</summary>
public static class FaceInterior
{
    private const double Scale = 0.75;

    /// <summary>The landmarks in the network's square, drawn in by a quarter toward their mean.</summary>
    /// <param name="toSquare">From frame pixels to the square's.</param>
    /// <param name="landmarks">In frame pixels; at least one.</param>
    /// <param name="inner">Takes as many points, in pixels of the square.</param>
    public static void InSquare(Affine toSquare, ReadOnlySpan<Point2> landmarks, Span<Point2> inner)
    {
        double x = 0, y = 0;
        for (int i = 0; i < landmarks.Length; i++)
        {
            inner[i] = toSquare.Apply(landmarks[i]);
            x += inner[i].X;
            y += inner[i].Y;
        }
        (x, y) = (x / landmarks.Length, y / landmarks.Length);
        for (int i = 0; i < landmarks.Length; i++)
            inner[i] = new Point2(x + (Scale * (inner[i].X - x)), y + (Scale * (inner[i].Y - y)));
    }
}
