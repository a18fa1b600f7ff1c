namespace FaceSwap.Core.Geometry;

/// <summary>A point (x, y) in pixels or unit coordinates.</summary>
public readonly record struct Point2(double X, double Y);

/// <summary>An axis-aligned rectangle of whole pixels: left, top, width, height.</summary>
public readonly record struct RectI(int X, int Y, int Width, int Height)
{
    /// <summary>One past the last column.</summary>
    public int Right => X + Width;

    /// <summary>One past the last row.</summary>
    public int Bottom => Y + Height;

    /// <summary>True when it holds no pixel.</summary>
    public bool IsEmpty => Width <= 0 || Height <= 0;

    /// <summary>The part shared with another rectangle; empty (zero size) when there is none.</summary>
    public RectI Intersect(RectI other)
    {
        int x = Math.Max(X, other.X), y = Math.Max(Y, other.Y);
        int right = Math.Min(Right, other.Right), bottom = Math.Min(Bottom, other.Bottom);
        return right > x && bottom > y ? new RectI(x, y, right - x, bottom - y) : default;
    }
}

/// <summary>
/// A 2×3 affine map: x' = A·x + B·y + C, y' = D·x + E·y + F. The row-major order is that of OpenCV's and of the field's
/// alignment matrices.
/// </summary>
public readonly record struct Affine(double A, double B, double C, double D, double E, double F)
{
    /// <summary>The map that changes nothing.</summary>
    public static Affine Identity { get; } = new(1, 0, 0, 0, 1, 0);

    /// <summary>Carries a point.</summary>
    public Point2 Apply(Point2 p) => new((A * p.X) + (B * p.Y) + C, (D * p.X) + (E * p.Y) + F);

    /// <summary>First this map, then <paramref name="next"/>.</summary>
    public Affine Then(Affine next) => new(
        (next.A * A) + (next.B * D), (next.A * B) + (next.B * E), (next.A * C) + (next.B * F) + next.C,
        (next.D * A) + (next.E * D), (next.D * B) + (next.E * E), (next.D * C) + (next.E * F) + next.F);

    /// <summary>All six numbers times a factor: the map into unit coordinates becomes the map into a square of that side.</summary>
    public Affine Scale(double s) => new(A * s, B * s, C * s, D * s, E * s, F * s);

    /// <summary>The same map followed by a shift.</summary>
    public Affine Shift(double x, double y) => this with { C = C + x, F = F + y };

    /// <summary>The inverse map.</summary>
    /// <exception cref="InvalidOperationException">The map is not invertible.</exception>
    public Affine Invert()
    {
        double determinant = (A * E) - (B * D);
        if (determinant == 0 || !double.IsFinite(determinant))
            throw new InvalidOperationException("the affine map is not invertible");
        double a = E / determinant, b = -B / determinant, d = -D / determinant, e = A / determinant;
        return new Affine(a, b, -((a * C) + (b * F)), d, e, -((d * C) + (e * F)));
    }
}
