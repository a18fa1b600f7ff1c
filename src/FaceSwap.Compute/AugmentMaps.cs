using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute;

/// <summary>The geometry of one training sample, derived from its draw in double precision: the same for every backend.</summary>
/// <param name="ToFace">From a pixel of the transformed image (rotated, scaled, shifted, mirrored) to the face's pixel that it shows.</param>
/// <param name="TargetToTransformed">From a pixel of the target to the transformed image.</param>
internal readonly record struct AugmentMaps(Affine ToFace, Affine TargetToTransformed)
{
    /// <summary>Knots of the warp grid each way.</summary>
    public const int Knots = 5;

    /// <summary>Where a knot lies without noise: linspace over the covered square about the face's centre.</summary>
    public static double Knot(in AugmentSpec spec, int index) => (spec.FaceSize / 2) + (spec.Coverage * ((index / (double)(Knots - 1)) - 0.5));

    /// <summary>
    /// Left knot and weight of the right one for column (or row) <paramref name="pixel"/> of the warped input: the maps are resized bilinearly with
    /// half-pixel centres to 5/4 of the output's side, and the middle is kept.
    /// </summary>
    public static (int Knot, double Weight) KnotWeight(in AugmentSpec spec, int pixel)
    {
        double resized = spec.OutputSize * 1.25;
        double position = ((pixel + (spec.OutputSize / 8) + 0.5) * (Knots / resized)) - 0.5;
        int knot = (int)Math.Floor(position);
        if (knot < 0)
            return (0, 0);
        return knot >= Knots - 1 ? (Knots - 2, 1) : (knot, position - knot);
    }

    /// <summary>Derives the maps.</summary>
    /// <exception cref="ArgumentException">The draw names no face of the set or has no finite, invertible geometry.</exception>
    public static AugmentMaps From(in AugmentSpec spec, in AugmentDraw draw)
    {
        if ((uint)draw.Face >= (uint)spec.FaceCount)
            throw new ArgumentException($"the draw's face {draw.Face} is not one of the set's {spec.FaceCount}");
        Affine mirrored = draw.Mirror != 0 ? new Affine(-1, 0, spec.FaceSize - 1, 0, 1, 0) : Affine.Identity;
        AugmentMaps maps = new(mirrored.Then(Inverse(RandomTransform(spec, draw))), Inverse(TargetSimilarity(spec, draw)));
        if (!IsFinite(maps.ToFace) || !IsFinite(maps.TargetToTransformed))
            throw new ArgumentException("the draw's geometry is not finite");
        return maps;
    }

    // OpenCV's getRotationMatrix2D about the centre, then the shift.
    private static Affine RandomTransform(in AugmentSpec spec, in AugmentDraw draw)
    {
        double angle = draw.Rotation * (Math.PI / 180), centre = spec.FaceSize / 2;
        double alpha = draw.Scale * Math.Cos(angle), beta = draw.Scale * Math.Sin(angle);
        return new Affine(
            alpha, beta, ((1 - alpha) * centre) - (beta * centre) + draw.ShiftX,
            -beta, alpha, (beta * centre) + ((1 - alpha) * centre) + draw.ShiftY);
    }

    // Least-squares similarity (Umeyama, PAMI 1991; closed form in the plane) from the noisy grid to the regular one {0, s/4, …, s}².
    private static Affine TargetSimilarity(in AugmentSpec spec, in AugmentDraw draw)
    {
        double meanX = 0, meanY = 0;
        for (int i = 0; i < Knots * Knots; i++)
        {
            meanX += Knot(spec, i % Knots) + draw.NoiseX[i];
            meanY += Knot(spec, i / Knots) + draw.NoiseY[i];
        }
        meanX /= Knots * Knots;
        meanY /= Knots * Knots;
        double variance = 0, cosine = 0, sine = 0, centre = spec.OutputSize / 2.0, spacing = spec.OutputSize / (double)(Knots - 1);
        for (int i = 0; i < Knots * Knots; i++)
        {
            double x = Knot(spec, i % Knots) + draw.NoiseX[i] - meanX, y = Knot(spec, i / Knots) + draw.NoiseY[i] - meanY;
            double toX = ((i % Knots) * spacing) - centre, toY = ((i / Knots) * spacing) - centre;
            variance += (x * x) + (y * y);
            cosine += (x * toX) + (y * toY);
            sine += (x * toY) - (y * toX);
        }
        double a = cosine / variance, b = sine / variance;
        return new Affine(a, -b, centre - (a * meanX) + (b * meanY), b, a, centre - (b * meanX) - (a * meanY));
    }

    private static Affine Inverse(Affine map)
    {
        double determinant = (map.A * map.E) - (map.B * map.D);
        if (!double.IsFinite(determinant) || determinant == 0)
            throw new ArgumentException("the draw's geometry cannot be inverted");
        return map.Invert();
    }

    private static bool IsFinite(Affine m) => double.IsFinite(m.A + m.B + m.C + m.D + m.E + m.F);
}
