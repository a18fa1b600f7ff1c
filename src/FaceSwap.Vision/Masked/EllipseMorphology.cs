using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Erosion and dilation of a mask of zeros and ones by OpenCV's elliptical structuring element.</summary>
internal static class EllipseMorphology
{
    /// <summary>Erodes by an element of size n &gt; 0, or dilates by |n|, n &lt; 0. Beyond the frame nothing erodes or dilates; inside the frame, what
    /// lies outside the bounds is 0.</summary>
    /// <param name="source">bounds.Width · bounds.Height zeros and ones.</param>
    /// <param name="target">The result, of the same size.</param>
    /// <param name="bounds">The part of the frame that the buffers hold.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="size">n.</param>
    /// <param name="ones">Scratch of (bounds.Width + 1) · bounds.Height numbers.</param>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, RectI bounds, RectI frame, int size, Span<int> ones)
    {
        int n = Math.Abs(size), radius = n / 2;
        int width = bounds.Width;
        // ones[x] is the number of ones before column x in a row: a run of the element is then one subtraction.
        for (int y = 0; y < bounds.Height; y++)
        {
            int total = 0;
            Span<int> row = ones.Slice(y * (width + 1), width + 1);
            for (int x = 0; x < width; x++)
            {
                row[x] = total;
                total += source[(y * width) + x];
            }
            row[width] = total;
        }
        Span<(int First, int End)> runs = stackalloc (int, int)[n];
        for (int i = 0; i < n; i++)
            runs[i] = Run(i, n);
        for (int y = 0; y < bounds.Height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bool all = true, any = false;
                for (int i = 0; i < n; i++)
                {
                    int at = bounds.Y + y + i - radius;
                    if (at < frame.Y || at >= frame.Bottom)
                        continue;
                    // The run's columns that are in the frame, then those of them that the buffer holds.
                    int first = Math.Max(bounds.X + x + runs[i].First - radius, frame.X);
                    int end = Math.Min(bounds.X + x + runs[i].End - radius, frame.Right);
                    int count = 0;
                    if (at >= bounds.Y && at < bounds.Bottom)
                    {
                        int low = Math.Clamp(first - bounds.X, 0, width), high = Math.Clamp(end - bounds.X, 0, width);
                        int row = (at - bounds.Y) * (width + 1);
                        count = high > low ? ones[row + high] - ones[row + low] : 0;
                    }
                    all &= count >= end - first;
                    any |= count > 0;
                }
                target[(y * width) + x] = (size > 0 ? all : any) ? (byte)1 : (byte)0;
            }
        }
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
