using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary><see cref="BicubicWeights"/> as the vector code reads them.</summary>
internal static unsafe class Cubic
{
    /// <summary>(32, 4): the weights of the pixels at −1, 0, 1 and 2.</summary>
    public static float[] Weights { get; } = Table(1);

    /// <summary>(32, 4, 2): each weight twice, for pairs of samples.</summary>
    public static float[] Pairs { get; } = Table(2);

    /// <summary>(32, 4, 4): each weight four times, for pixels of four samples.</summary>
    public static float[] Quads { get; } = Table(4);

    /// <summary>(4, 32): the weights of each tap at all fractions.</summary>
    public static float[] Taps { get; } = Turned();

    private static float[] Turned()
    {
        float[] table = GC.AllocateArray<float>(FixedWarp.Steps * 4, pinned: true);
        for (int i = 0; i < table.Length; i++)
            table[i] = BicubicWeights.At(i % FixedWarp.Steps, i / FixedWarp.Steps);
        return table;
    }

    private static float[] Table(int copies)
    {
        float[] table = GC.AllocateArray<float>(FixedWarp.Steps * 4 * copies, pinned: true);
        for (int i = 0; i < FixedWarp.Steps; i++)
        {
            for (int tap = 0; tap < 4; tap++)
                table.AsSpan(((i * 4) + tap) * copies, copies).Fill(BicubicWeights.At(i, tap));
        }
        return table;
    }
}
