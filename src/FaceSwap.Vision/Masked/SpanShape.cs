using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>A convex set of pixels as one run of columns per row; reused between faces without allocation.</summary>
internal sealed class SpanShape
{
    private int[] first = new int[256];
    private int[] last = new int[256];
    private readonly PointI[] hull = new PointI[LandmarkModel.PointCount + 1];

    /// <summary>The first row.</summary>
    public int Top { get; private set; }

    /// <summary>Number of rows.</summary>
    public int Height { get; private set; }

    /// <summary>First and last column of a row, inclusive; the first is greater than the last where the row is empty.</summary>
    public (int First, int Last) Row(int y) => (first[y - Top], last[y - Top]);

    /// <summary>The smallest rectangle around the shape; empty when it has no pixel.</summary>
    public RectI Bounds()
    {
        int left = int.MaxValue, right = int.MinValue, top = int.MaxValue, bottom = int.MinValue;
        for (int i = 0; i < Height; i++)
        {
            if (first[i] > last[i])
                continue;
            left = Math.Min(left, first[i]);
            right = Math.Max(right, last[i]);
            top = Math.Min(top, Top + i);
            bottom = Top + i;
        }
        return left > right ? default : new RectI(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>The filled convex hull of points truncated to integers, edges included, clipped to the frame: the pixels that OpenCV's
    /// fillConvexPoly sets.</summary>
    public void SetHull(ReadOnlySpan<Point2> points, int frameWidth, int frameHeight)
    {
        int corners = ConvexHull.OfTruncated(points, hull);
        int top = int.MaxValue, bottom = int.MinValue;
        for (int i = 0; i < corners; i++)
        {
            top = Math.Min(top, hull[i].Y);
            bottom = Math.Max(bottom, hull[i].Y);
        }
        Reset(Math.Max(top, 0), Math.Min(bottom, frameHeight - 1));
        if (Height == 0)
            return;
        for (int i = 0; i < corners; i++)
            AddEdge(hull[i], hull[i + 1 == corners ? 0 : i + 1]);
        for (int i = 0; i < Height; i++)
        {
            first[i] = Math.Max(first[i], 0);
            last[i] = Math.Min(last[i], frameWidth - 1);
        }
    }

    /// <summary>The pixels of the frame that a map carries into a square of a side, in the fixed point of the warp.</summary>
    /// <param name="toSquare">From frame pixels to the square's.</param>
    /// <param name="side">Side of the square.</param>
    /// <param name="frameWidth">Width of the frame.</param>
    /// <param name="frameHeight">Height of the frame.</param>
    /// <param name="columnX">The warp's contributions of all columns of the frame to x.</param>
    /// <param name="columnY">The same to y.</param>
    public void SetSquare(Affine toSquare, int side, int frameWidth, int frameHeight, ReadOnlySpan<int> columnX, ReadOnlySpan<int> columnY)
    {
        RectI bounds = FixedWarp.SquareBounds(toSquare, side).Intersect(new RectI(0, 0, frameWidth, frameHeight));
        Reset(bounds.Y, bounds.IsEmpty ? bounds.Y - 1 : bounds.Bottom - 1);
        for (int i = 0; i < Height; i++)
        {
            first[i] = bounds.X;
            last[i] = bounds.Right - 1;
        }
        ClipToSquare(toSquare, side, columnX, columnY);
    }

    /// <summary>Keeps the pixels that the map carries into the square.</summary>
    public void ClipToSquare(Affine toSquare, int side, ReadOnlySpan<int> columnX, ReadOnlySpan<int> columnY)
    {
        int span = side * 1024;
        for (int i = 0; i < Height; i++)
        {
            (int rowX, int rowY) = FixedWarp.Row(toSquare, Top + i);
            Clip(columnX, rowX, span, ref first[i], ref last[i]);
            Clip(columnY, rowY, span, ref first[i], ref last[i]);
        }
    }

    private void Reset(int top, int bottom)
    {
        Top = top;
        Height = Math.Max(bottom - top + 1, 0);
        if (first.Length < Height)
        {
            first = new int[Height * 2];
            last = new int[Height * 2];
        }
        first.AsSpan(0, Height).Fill(int.MaxValue);
        last.AsSpan(0, Height).Fill(int.MinValue);
    }

    // Column contributions rise or fall steadily along a row, so the columns with 0 <= column + row < span are one run.
    private static void Clip(ReadOnlySpan<int> columns, int row, int span, ref int first, ref int last)
    {
        if (first > last)
            return;
        bool rises = columns[last] >= columns[first];
        int low = Search(columns, first, last + 1, rises ? -row : span - row, rises);
        int high = Search(columns, first, last + 1, rises ? span - row : -row, rises) - 1;
        first = low;
        last = high;
        if (first > last)
            (first, last) = (int.MaxValue, int.MinValue);
    }

    // The first index whose value is at least the limit (rising), or below it (falling).
    private static int Search(ReadOnlySpan<int> columns, int low, int high, int limit, bool rises)
    {
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (rises ? columns[middle] >= limit : columns[middle] < limit)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    // An eight-connected line from its left end; at a tie it does not step aside yet. Steep edges also take the rounded crossing of each row,
    // where the filling of OpenCV rounds a tie to the right.
    private void AddEdge(PointI a, PointI b)
    {
        if (a.X > b.X)
            (a, b) = (b, a);
        int width = b.X - a.X, height = Math.Abs(b.Y - a.Y), down = b.Y >= a.Y ? 1 : -1;
        if (width >= height)
        {
            for (int i = 0; i <= width; i++)
                Add(a.X + i, a.Y + (down * HalfDown(i, height, width)));
            return;
        }
        for (int i = 0; i <= height; i++)
        {
            int y = a.Y + (down * i);
            Add(a.X + HalfDown(i, width, height), y);
            Add(a.X + (int)((((2L * i * width) + height) / (2L * height))), y);
        }
    }

    // round(i·minor/major) with ties downwards.
    private static int HalfDown(int i, int minor, int major) => major == 0 ? 0 : (int)(((2L * i * minor) + major - 1) / (2L * major));

    private void Add(int x, int y)
    {
        int row = y - Top;
        if ((uint)row >= (uint)Height)
            return;
        first[row] = Math.Min(first[row], x);
        last[row] = Math.Max(last[row], x);
    }
}
