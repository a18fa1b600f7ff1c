namespace FaceSwap.Vision;

/// <summary>The weights of OpenCV's bicubic interpolation (a = −0.75) at each of the 32 fractions of a coordinate.</summary>
internal static unsafe class Cubic
{
    private const double A = -0.75;

    /// <summary>(32, 4): the weights of the pixels at −1, 0, 1 and 2.</summary>
    public static float[] Weights { get; } = Table(1);

    /// <summary>(32, 4, 2): each weight twice, for pairs of samples.</summary>
    public static float[] Pairs { get; } = Table(2);

    /// <summary>(32, 4, 4): each weight four times, for pixels of four samples.</summary>
    public static float[] Quads { get; } = Table(4);

    private static float[] Table(int copies)
    {
        float[] table = GC.AllocateArray<float>(FixedWarp.Steps * 4 * copies, pinned: true);
        for (int i = 0; i < FixedWarp.Steps; i++)
        {
            double x = i / (double)FixedWarp.Steps;
            double before = ((((A * (x + 1)) - (5 * A)) * (x + 1)) + (8 * A)) * (x + 1) - (4 * A);
            double here = (((((A + 2) * x) - (A + 3)) * x) * x) + 1;
            double next = (((((A + 2) * (1 - x)) - (A + 3)) * (1 - x)) * (1 - x)) + 1;
            double[] weights = [before, here, next, 1 - before - here - next];
            for (int tap = 0; tap < 4; tap++)
                table.AsSpan(((i * 4) + tap) * copies, copies).Fill((float)weights[tap]);
        }
        return table;
    }
}
