using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Least-squares similarity between two point sets.</summary>
public static class Similarity
{
    /// <summary>
    /// The rotation, uniform scale and shift that carry <paramref name="from"/> to <paramref name="to"/> with the least squared error
    /// (Umeyama, PAMI 1991). In two dimensions, with points as complex numbers about their means, it is one quotient:
    /// c = Σ to·conj(from) / Σ |from|², and Umeyama's case distinction for reflections never arises.
    /// </summary>
    /// <exception cref="ArgumentException">The sets differ in length, a coordinate is not finite, or a set has no extent, so that no invertible
    /// similarity fits.</exception>
    public static Affine Fit(ReadOnlySpan<Point2> from, ReadOnlySpan<Point2> to)
    {
        if (from.Length != to.Length || from.Length < 2)
            throw new ArgumentException($"two sets of equal length are needed, at least two points each; there are {from.Length} and {to.Length}");
        double fromX = 0, fromY = 0, toX = 0, toY = 0;
        for (int i = 0; i < from.Length; i++)
        {
            fromX += from[i].X;
            fromY += from[i].Y;
            toX += to[i].X;
            toY += to[i].Y;
        }
        fromX /= from.Length;
        fromY /= from.Length;
        toX /= from.Length;
        toY /= from.Length;
        double real = 0, imaginary = 0, extent = 0, toExtent = 0;
        for (int i = 0; i < from.Length; i++)
        {
            double x = from[i].X - fromX, y = from[i].Y - fromY, u = to[i].X - toX, v = to[i].Y - toY;
            real += (u * x) + (v * y);
            imaginary += (v * x) - (u * y);
            extent += (x * x) + (y * y);
            toExtent += (u * u) + (v * v);
        }
        // Rounding leaves equal points an extent of some units in the last place of their coordinates, squared.
        double noise = from.Length * 1e-24 * (1 + (fromX * fromX) + (fromY * fromY));
        double correlation = (real * real) + (imaginary * imaginary);
        if (!double.IsFinite(correlation) || !(extent > noise) || !(correlation > 1e-18 * extent * toExtent))
            throw new ArgumentException("the points have no extent or no resemblance to the target, so no similarity fits them");
        double a = real / extent, b = imaginary / extent;
        return new Affine(a, -b, toX - (a * fromX) + (b * fromY), b, a, toY - (b * fromX) - (a * fromY));
    }
}
