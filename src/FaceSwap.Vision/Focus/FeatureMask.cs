using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// The classic extraction's mask of a face's features in a 256×256 crop: the hulls of each eye with its brow and of mouth, nose and chin,
/// dilated by a box of 30 and blurred by a box of 10.
/// </summary>
internal static class FeatureMask
{
    /// <summary>The weight of a pixel deep inside.</summary>
    public const int Full = Blur * Blur;

    private const int Side = FaceAlignment.ExtractSide, Padding = FaceAlignment.ExtractPadding, Dilation = 30, Blur = 10;

    [ThreadStatic]
    private static SpanShape? shape;

    /// <summary>Fills the weights.</summary>
    /// <param name="landmarks">68 points in frame pixels.</param>
    /// <param name="map">From frame pixels to the crop.</param>
    /// <param name="weights">(256, 256); overwritten by 0..<see cref="Full"/>.</param>
    public static void Fill(ReadOnlySpan<Point2> landmarks, Affine map, Span<byte> weights)
    {
        // The original pads points that are padded already; its measures depend on that.
        Affine place = map.Scale((Side - (2.0 * Padding)) / Side).Shift(Padding, Padding);
        Span<Point2> points = stackalloc Point2[LandmarkModel.PointCount];
        for (int i = 0; i < points.Length; i++)
            points[i] = place.Apply(landmarks[i]);
        weights = weights[..(Side * Side)];
        weights.Clear();
        Span<Point2> eye = stackalloc Point2[11];
        points[42..48].CopyTo(eye);
        points[22..27].CopyTo(eye[6..]);
        AddHull(eye, weights);
        points[36..42].CopyTo(eye);
        points[17..22].CopyTo(eye[6..]);
        AddHull(eye, weights);
        Span<Point2> mouth = stackalloc Point2[32];
        points[48..68].CopyTo(mouth);
        points[27..36].CopyTo(mouth[20..]);
        points[8..11].CopyTo(mouth[29..]);
        AddHull(mouth, weights);
        Span<int> sums = stackalloc int[Side + 1];
        Dilate(weights, sums);
        Soften(weights);
    }

    private static void AddHull(ReadOnlySpan<Point2> points, Span<byte> mask)
    {
        SpanShape hull = shape ??= new SpanShape();
        hull.SetHull(points, Side, Side);
        for (int y = hull.Top; y < hull.Top + hull.Height; y++)
        {
            (int first, int last) = hull.Row(y);
            if (first <= last)
                mask.Slice((y * Side) + first, last - first + 1).Fill(1);
        }
    }

    // OpenCV's dilate by a box with its anchor in the middle: pixels −15..14 in each direction, nothing beyond the edges.
    private static void Dilate(Span<byte> mask, Span<int> sums)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            (int step, int next) = pass == 0 ? (1, Side) : (Side, 1);
            for (int line = 0; line < Side; line++)
            {
                int start = line * next;
                for (int i = 0; i < Side; i++)
                    sums[i + 1] = sums[i] + mask[start + (i * step)];
                for (int i = 0; i < Side; i++)
                {
                    int ones = sums[Math.Min(i - (Dilation / 2) + Dilation, Side)] - sums[Math.Max(i - (Dilation / 2), 0)];
                    mask[start + (i * step)] = ones > 0 ? (byte)1 : (byte)0;
                }
            }
        }
    }

    // OpenCV's blur: pixels −5..4, mirrored at the edges. Sums of ten, then of a hundred ones fit a byte.
    private static void Soften(Span<byte> mask)
    {
        Span<byte> line = stackalloc byte[Side + Blur];
        for (int pass = 0; pass < 2; pass++)
        {
            (int step, int next) = pass == 0 ? (1, Side) : (Side, 1);
            for (int start = 0; start < Side * next; start += next)
            {
                for (int i = 0; i < line.Length; i++)
                {
                    int at = Math.Abs(i - (Blur / 2));
                    line[i] = mask[start + ((at < Side ? at : (2 * Side) - 2 - at) * step)];
                }
                int sum = 0;
                for (int i = 0; i < Blur - 1; i++)
                    sum += line[i];
                for (int i = 0; i < Side; i++)
                {
                    sum += line[i + Blur - 1];
                    mask[start + (i * step)] = (byte)sum;
                    sum -= line[i];
                }
            }
        }
    }
}
