using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// The mask of one face, row by row. A convex shape is one run of columns per row: the filled hull as OpenCV's fillConvexPoly sets it, cut to
/// the pixels that the warp carries into the square. Eroding intersects runs with those of the rows around, each narrowed by the ellipse's half width there;
/// dilating unites them, widened. The blur's weight at a pixel is the number of ones in an n×n box, an overlap of runs for each of n rows, over n².
/// </summary>
internal sealed class ReferenceMaskRows(CompositorSpec spec)
{
    private readonly (int Before, int After)[] ellipse = CompositorTables.Ellipse(Math.Abs(spec.ErosionSize));
    private (int First, int Last)[] runs = new (int, int)[spec.MaxHeight], other = new (int, int)[spec.MaxHeight];
    private int width, height;

    private static readonly (int First, int Last) None = (int.MaxValue, int.MinValue);

    /// <summary>Computes the runs of all rows of a slot's frame.</summary>
    public void Build(in CompositorSlot slot)
    {
        (width, height) = (slot.Width, slot.Height);
        for (int y = 0; y < height; y++)
            runs[y] = Shape(slot, y);
        if (spec.ErosionSize == 0)
            return;
        for (int y = 0; y < height; y++)
            other[y] = spec.ErosionSize > 0 ? Erode(y) : Dilate(y);
        (runs, other) = (other, runs);
    }

    /// <summary>The blending weight of a pixel, 0..1.</summary>
    public float Weight(int x, int y)
    {
        int n = spec.Box, anchor = n / 2, sum = 0;
        for (int i = 0; i < n; i++)
        {
            (int first, int last) = runs[CompositorTables.Mirror(y - anchor + i, height)];
            for (int j = 0; j < n && first <= last; j++)
            {
                int column = CompositorTables.Mirror(x - anchor + j, width);
                sum += column >= first && column <= last ? 1 : 0;
            }
        }
        return sum == n * n ? 1 : sum * (1f / (n * n));
    }

    private (int First, int Last) Shape(in CompositorSlot slot, int y)
    {
        (int First, int Last) run = (0, width - 1);
        if (spec.Mask != MaskType.Rect)
        {
            run = HullRow(slot.Hull, slot.Corners, y);
            run = (Math.Max(run.First, 0), Math.Min(run.Last, width - 1));
        }
        if (spec.Mask == MaskType.FaceHull || run.First > run.Last)
            return run.First > run.Last ? None : run;
        (int rowX, int rowY) = FixedWarp.Row(slot.ToSquare, y);
        int span = spec.Side * 1024;
        (int first, int last) = (int.MaxValue, int.MinValue);
        for (int x = run.First; x <= run.Last; x++)
        {
            (int columnX, int columnY) = FixedWarp.Column(slot.ToSquare, x);
            if ((uint)(columnX + rowX) < (uint)span && (uint)(columnY + rowY) < (uint)span)
                (first, last) = (Math.Min(first, x), x);
        }
        return (first, last);
    }

    // First and last column of the hull's edges in a row: eight-connected lines from their left end, which at a tie do not step aside yet; steep edges also
    // take the crossing that is rounded upwards, as the filling does.
    internal static (int First, int Last) HullRow(in CompositorSlot.CornerList hull, int corners, int y)
    {
        (int first, int last) = None;
        for (int i = 0; i < corners; i++)
        {
            int next = i + 1 == corners ? 0 : i + 1;
            (int ax, int ay, int bx, int by) = (hull[2 * i], hull[(2 * i) + 1], hull[2 * next], hull[(2 * next) + 1]);
            if (ax > bx)
                (ax, ay, bx, by) = (bx, by, ax, ay);
            int across = bx - ax, down = Math.Abs(by - ay), at = by >= ay ? y - ay : ay - y;
            if (at < 0 || at > down)
                continue;
            if (across >= down)
            {
                for (int step = 0; step <= across; step++)
                {
                    if (HalfDown(step, down, across) == at)
                        (first, last) = (Math.Min(first, ax + step), Math.Max(last, ax + step));
                }
            }
            else
            {
                int left = ax + HalfDown(at, across, down), right = ax + (int)(((2L * at * across) + down) / (2L * down));
                (first, last) = (Math.Min(first, left), Math.Max(last, right));
            }
        }
        return (first, last);
    }

    // round(step·minor/major) with ties downwards.
    private static int HalfDown(int step, int minor, int major) => major == 0 ? 0 : (int)(((2L * step * minor) + major - 1) / (2L * major));

    // What lies beyond the frame does not erode.
    private (int First, int Last) Erode(int y)
    {
        int first = 0, last = width - 1;
        for (int i = 0; i < ellipse.Length; i++)
        {
            int at = y + i - (ellipse.Length / 2);
            if ((uint)at >= (uint)height)
                continue;
            (int from, int to) = runs[at];
            if (from > to)
                return None;
            first = Math.Max(first, from == 0 ? 0 : from + ellipse[i].Before);
            last = Math.Min(last, to == width - 1 ? to : to - ellipse[i].After);
        }
        return first > last ? None : (first, last);
    }

    private (int First, int Last) Dilate(int y)
    {
        (int first, int last) = None;
        for (int i = 0; i < ellipse.Length; i++)
        {
            int at = y + i - (ellipse.Length / 2);
            if ((uint)at >= (uint)height || runs[at].First > runs[at].Last)
                continue;
            first = Math.Min(first, runs[at].First - ellipse[i].After);
            last = Math.Max(last, runs[at].Last + ellipse[i].Before);
        }
        return first > last ? None : (Math.Max(first, 0), Math.Min(last, width - 1));
    }
}
