namespace FaceSwap.Core.Geometry;

/// <summary>The weights of OpenCV's bicubic interpolation (a = −0.75) at each of the fractions that <see cref="FixedWarp"/> has.</summary>
public static class BicubicWeights
{
    private const double A = -0.75;

    /// <summary>The weight of a tap (0..3: the pixels at −1, 0, 1 and 2) at a fraction in 1/32 pixel (0..31).</summary>
    public static float At(int fraction, int tap)
    {
        double x = fraction / (double)FixedWarp.Steps;
        double before = ((((A * (x + 1)) - (5 * A)) * (x + 1)) + (8 * A)) * (x + 1) - (4 * A);
        double here = (((((A + 2) * x) - (A + 3)) * x) * x) + 1;
        double next = (((((A + 2) * (1 - x)) - (A + 3)) * (1 - x)) * (1 - x)) + 1;
        return (float)(tap switch { 0 => before, 1 => here, 2 => next, _ => 1 - before - here - next });
    }

    /// <summary>(32, 4): all of them.</summary>
    public static float[] Table()
    {
        float[] table = new float[FixedWarp.Steps * 4];
        for (int i = 0; i < table.Length; i++)
            table[i] = At(i / 4, i % 4);
        return table;
    }
}
