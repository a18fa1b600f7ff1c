using FaceSwap.Core.Geometry;

namespace FaceSwap.Models;

/// <summary>
/// The levels of an image pyramid laid out in one image, as dlib does it for its networks (<c>create_tiled_pyramid</c>, <c>pyramid_down&lt;6&gt;</c>): each level
/// is 5/6 of the one before; they go down in a column and back up beside it.
/// </summary>
internal sealed class PyramidTiles
{
    private const int LeastHeight = 5;
    private const double Rate = 5.0 / 6, Ratio = 6.0 / 5, Shift = 0.3;

    /// <summary>Lays the pyramid of an image out.</summary>
    /// <param name="width">Width of the image.</param>
    /// <param name="height">Height of the image.</param>
    /// <param name="between">Pixels between levels.</param>
    /// <param name="around">Pixels around all of them.</param>
    public PyramidTiles(int width, int height, int between, int around)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        List<(int Width, int Height)> sizes = [(width, height)];
        for ((int w, int h) = (Down(width), Down(height)); w > 0 && h >= LeastHeight; (w, h) = (Down(w), Down(h)))
            sizes.Add((w, h));
        int total = sizes.Sum(s => s.Height + between) - (2 * between), column = 0, last = 0;
        foreach ((int w, int h) in sizes)
        {
            // The first column ends where the next level fits beside the last one and half of the rest is placed.
            if (w <= width - last - between && (column - height) * 2 >= total - height)
                break;
            column += h + between;
            last = w;
        }
        column -= between;
        (Width, Height) = (width + (2 * around), column + (2 * around));

        List<RectI> levels = [];
        int y = around;
        for (; levels.Count < sizes.Count && y < column + around; y += levels[^1].Height + between)
            levels.Add(new RectI(around, y, sizes[levels.Count].Width, sizes[levels.Count].Height));
        y -= between;
        while (levels.Count < sizes.Count)
        {
            (int w, int h) = sizes[levels.Count];
            var level = new RectI(around + width - w, y - h, w, h);
            if (!levels[0].Intersect(level).IsEmpty)
                break;
            levels.Add(level);
            y -= h + between;
        }
        Levels = levels;
    }

    /// <summary>Width of the whole.</summary>
    public int Width { get; }

    /// <summary>Height of the whole.</summary>
    public int Height { get; }

    /// <summary>Where each level lies, the image itself first.</summary>
    public IReadOnlyList<RectI> Levels { get; }

    /// <summary>Carries a box of w × h pixels about a place of the tiled image into the image; left, top, right and bottom are the outermost pixels.</summary>
    public (int Left, int Top, int Right, int Bottom) ToImage(double x, double y, int w, int h)
    {
        double left = x - ((w - 1) / 2.0), top = y - ((h - 1) / 2.0), right = x + ((w - 1) / 2.0), bottom = y + ((h - 1) / 2.0);
        int level = Nearest(Round((left + right) / 2), Round((top + bottom) / 2));
        RectI place = Levels[level];
        return (Up(left - place.X, level), Up(top - place.Y, level), Up(right - place.X, level), Up(bottom - place.Y, level));
    }

    private int Nearest(int x, int y)
    {
        (int best, double distance) = (0, double.PositiveInfinity);
        for (int i = 0; i < Levels.Count; i++)
        {
            RectI level = Levels[i];
            double dx = Math.Clamp(x, level.X, level.Right - 1) - x, dy = Math.Clamp(y, level.Y, level.Bottom - 1) - y;
            double here = Math.Sqrt((dx * dx) + (dy * dy));
            if (here == 0)
                return i;
            if (here < distance)
                (best, distance) = (i, here);
        }
        return best;
    }

    private static int Up(double value, int levels)
    {
        for (int i = 0; i < levels; i++)
            value = (value * Ratio) + Shift;
        return Round(value);
    }

    private static int Down(int size) => (int)Math.Floor(Rate * size);

    private static int Round(double value) => (int)Math.Floor(value + 0.5);
}
