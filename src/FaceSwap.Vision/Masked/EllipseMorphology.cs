using System.Numerics;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Erosion and dilation of a mask of zeros and ones by OpenCV's elliptical structuring element. The element is one run of columns per row and has few
/// different runs: for each, all rows are filtered once by prefix sums, then combined for every row of the element that has this run.
/// </summary>
internal static class EllipseMorphology
{
    /// <summary>Erodes by an element of size n &gt; 0, or dilates by |n|, n &lt; 0. Beyond the frame nothing erodes or dilates; inside the frame, what
    /// lies outside the bounds is 0.</summary>
    /// <param name="source">bounds.Width · bounds.Height zeros and ones.</param>
    /// <param name="target">The result, of the same size.</param>
    /// <param name="bounds">The part of the frame that the buffers hold.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="size">n.</param>
    /// <param name="filtered">Scratch of bounds.Width · (bounds.Height + 1) bytes.</param>
    /// <param name="ones">Scratch of bounds.Width + 1 numbers.</param>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, RectI bounds, RectI frame, int size, Span<byte> filtered, Span<int> ones)
    {
        int n = Math.Abs(size), radius = n / 2, width = bounds.Width, height = bounds.Height;
        bool erodes = size > 0;
        target[..(width * height)].Fill(erodes ? (byte)1 : (byte)0);
        for (int first = 0; first < n; first++)
        {
            (int First, int End) run = Run(first, n);
            if (first > 0 && IsRepeated(first, n, run))
                continue;
            for (int y = 0; y < height; y++)
                Filter(source.Slice(y * width, width), filtered.Slice(y * width, width), bounds, frame, run, radius, erodes, ones);
            // Rows of the frame that the buffer does not hold are all zeros.
            Span<byte> empty = filtered.Slice(height * width, width);
            Filter(default, empty, bounds, frame, run, radius, erodes, ones);
            for (int i = first; i < n; i++)
            {
                if (Run(i, n) != run)
                    continue;
                for (int y = 0; y < height; y++)
                {
                    int at = bounds.Y + y + i - radius;
                    if (at < frame.Y || at >= frame.Bottom)
                        continue;
                    ReadOnlySpan<byte> row = at >= bounds.Y && at < bounds.Bottom ? filtered.Slice((at - bounds.Y) * width, width) : empty;
                    Combine(target.Slice(y * width, width), row, erodes);
                }
            }
        }
    }

    private static bool IsRepeated(int row, int n, (int First, int End) run)
    {
        for (int i = 0; i < row; i++)
        {
            if (Run(i, n) == run)
                return true;
        }
        return false;
    }

    // One row by one run: whether all (erosion) or any (dilation) of the run's columns that are in the frame are 1. An empty source is a row of zeros.
    private static void Filter(ReadOnlySpan<byte> source, Span<byte> target, RectI bounds, RectI frame, (int First, int End) run, int radius, bool erodes,
        Span<int> ones)
    {
        int width = target.Length, total = 0;
        for (int x = 0; x < width; x++)
        {
            ones[x] = total;
            total += source.IsEmpty ? 0 : source[x];
        }
        ones[width] = total;
        for (int x = 0; x < width; x++)
        {
            int begin = Math.Max(bounds.X + x + run.First - radius, frame.X), end = Math.Min(bounds.X + x + run.End - radius, frame.Right);
            int count = ones[Math.Clamp(end - bounds.X, 0, width)] - ones[Math.Clamp(begin - bounds.X, 0, width)];
            target[x] = (erodes ? count >= end - begin : count > 0) ? (byte)1 : (byte)0;
        }
    }

    private static void Combine(Span<byte> target, ReadOnlySpan<byte> row, bool erodes)
    {
        int x = 0;
        for (; x <= target.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            Vector<byte> old = new(target[x..]), with = new(row[x..]);
            (erodes ? old & with : old | with).CopyTo(target[x..]);
        }
        for (; x < target.Length; x++)
            target[x] = (byte)(erodes ? target[x] & row[x] : target[x] | row[x]);
    }

    // Columns of row i of the element, as OpenCV's getStructuringElement rounds them.
    private static (int First, int End) Run(int i, int n)
    {
        int radius = n / 2, away = i - radius;
        if (Math.Abs(away) > radius)
            return (0, 0);
        double inverse = radius == 0 ? 0 : 1.0 / ((double)radius * radius);
        int half = (int)Math.Round(radius * Math.Sqrt(((radius * radius) - (away * away)) * inverse), MidpointRounding.ToEven);
        return (Math.Max(radius - half, 0), Math.Min(radius + half + 1, n));
    }
}
