namespace FaceSwap.Core.Geometry;

/// <summary>
/// Source coordinates of an affine warp in the fixed point that OpenCV's warpAffine uses: per column and per row a rounded number in
/// 1/1024 pixel, whose sum keeps 5 bits of fraction. Both warps of the classic algorithm are reproduced with it to the bit of position.
/// </summary>
public static class FixedWarp
{
    /// <summary>Bits of fraction in a coordinate.</summary>
    public const int FractionBits = 5;

    /// <summary>Steps between two pixels.</summary>
    public const int Steps = 1 << FractionBits;

    private const double Scale = 1024;
    private const int Half = 1024 / Steps / 2;

    /// <summary>Contributions of columns <paramref name="firstColumn"/> and on.</summary>
    public static void Columns(Affine toSource, int firstColumn, Span<int> x, Span<int> y)
    {
        for (int i = 0; i < x.Length; i++)
            (x[i], y[i]) = Column(toSource, firstColumn + i);
    }

    /// <summary>Contribution of a column.</summary>
    public static (int X, int Y) Column(Affine toSource, int column) => (Round(toSource.A * column * Scale), Round(toSource.D * column * Scale));

    /// <summary>Contribution of a row; the sum with a column's, shifted right by 5, is a coordinate in 1/32 pixel.</summary>
    public static (int X, int Y) Row(Affine toSource, int row) =>
        (Round(((toSource.B * row) + toSource.C) * Scale) + Half, Round(((toSource.E * row) + toSource.F) * Scale) + Half);

    /// <summary>A coordinate in 1/32 pixel from the contributions of its column and row.</summary>
    public static int Coordinate(int column, int row) => (column + row) >> (10 - FractionBits);

    /// <summary>A rectangle around what a map carries into a square, with a pixel to spare.</summary>
    /// <param name="toSquare">Into the square.</param>
    /// <param name="side">The square's side.</param>
    public static RectI SquareBounds(Affine toSquare, int side)
    {
        Affine back = toSquare.Invert();
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        for (int corner = 0; corner < 4; corner++)
        {
            Point2 p = back.Apply(new Point2((corner & 1) * side, (corner >> 1) * side));
            (left, right) = (Math.Min(left, p.X), Math.Max(right, p.X));
            (top, bottom) = (Math.Min(top, p.Y), Math.Max(bottom, p.Y));
        }
        int x = Whole(Math.Floor(left) - 1), y = Whole(Math.Floor(top) - 1);
        return new RectI(x, y, Whole(Math.Ceiling(right) + 2) - x, Whole(Math.Ceiling(bottom) + 2) - y);
    }

    private static int Whole(double value) => (int)Math.Clamp(value, -1e8, 1e8);

    // A quarter of the range of int, so that a sum of two cannot overflow: coordinates beyond ±500,000 pixels are outside any frame.
    private static int Round(double value) => (int)Math.Clamp(Math.Round(value, MidpointRounding.ToEven), int.MinValue / 4, int.MaxValue / 4);
}
