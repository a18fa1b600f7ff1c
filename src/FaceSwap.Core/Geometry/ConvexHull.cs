namespace FaceSwap.Core.Geometry;

/// <summary>A point of whole pixels.</summary>
public readonly record struct PointI(int X, int Y);

/// <summary>Convex hulls of few points (Andrew's monotone chain, 1979).</summary>
public static class ConvexHull
{
    private const int MaxPoints = 256;

    /// <summary>The corners of the hull of points truncated to integers, as OpenCV's conversion to integer points does it.</summary>
    /// <param name="points">1 to 256 points; coordinates beyond ±1,000,000 count as that.</param>
    /// <param name="corners">Takes the corners in order around the hull; at least one longer than <paramref name="points"/>.</param>
    /// <returns>Number of corners: 1 when all points are equal, 2 when they lie on a line.</returns>
    public static int OfTruncated(ReadOnlySpan<Point2> points, Span<PointI> corners)
    {
        ArgumentOutOfRangeException.ThrowIfZero(points.Length, nameof(points));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(points.Length, MaxPoints, nameof(points));
        Span<PointI> sorted = stackalloc PointI[points.Length];
        for (int i = 0; i < points.Length; i++)
            sorted[i] = new PointI((int)Math.Clamp(points[i].X, -1e6, 1e6), (int)Math.Clamp(points[i].Y, -1e6, 1e6));
        sorted.Sort(static (a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Y.CompareTo(b.Y));
        int count = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            int start = count;
            for (int i = 0; i < sorted.Length; i++)
            {
                PointI p = pass == 0 ? sorted[i] : sorted[^(i + 1)];
                while (count >= start + 2 && Cross(corners[count - 2], corners[count - 1], p) <= 0)
                    count--;
                corners[count++] = p;
            }
            count--; // the last of one chain is the first of the other
        }
        return Math.Max(count, 1); // all points equal: the one corner stands at index 0
    }

    private static long Cross(PointI a, PointI b, PointI c) => ((long)(b.X - a.X) * (c.Y - a.Y)) - ((long)(b.Y - a.Y) * (c.X - a.X));
}
