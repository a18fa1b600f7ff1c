namespace FaceSwap.Models.Golden;

/// <summary>
/// The seeded numbers of the golden files, as their generator defines them: element i of tensor T is the SplitMix64 finaliser (Steele, Lea and
/// Flood, OOPSLA 2014) of seed + T·0xD1B54A32D192ED03 + (i + 1)·0x9E3779B97F4A7C15, its upper 24 bits as u in [0, 1).
/// </summary>
internal static class SplitMixFill
{
    /// <summary>Images: u.</summary>
    public static float[] Images(ulong seed, int tensor, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)Uniform(seed, tensor, i);
        return values;
    }

    /// <summary>Weights: (2u − 1)·limit, in double and rounded once.</summary>
    public static void Weights(ulong seed, int tensor, double limit, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(((2 * Uniform(seed, tensor, i)) - 1) * limit);
    }

    private static double Uniform(ulong seed, int tensor, int index)
    {
        ulong z = seed + ((ulong)tensor * 0xD1B54A32D192ED03) + (((ulong)index + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 40) * (1.0 / 16777216);
    }
}
