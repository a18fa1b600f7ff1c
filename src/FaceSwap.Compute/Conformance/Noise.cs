using System.Runtime.InteropServices;
using FaceSwap.Core.Random;

namespace FaceSwap.Compute.Conformance;

/// <summary>Test data: the same numbers on every machine.</summary>
internal static class Noise
{
    /// <summary>Numbers in [−limit, limit), never 0.</summary>
    public static float[] Symmetric(long count, int stream, float limit = 1)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = ((2 * Philox.Uniform(Philox.Block(2018, (ulong)i, (ulong)stream).X)) - 1 + (1f / (1 << 25))) * limit;
        return values;
    }

    /// <summary>The same numbers as bf16 can hold them.</summary>
    public static float[] RoundTo(ElementType type, float[] values) => type == ElementType.Float32
        ? values
        : [.. values.Select(v => BFloat16Bits.ToSingle(BFloat16Bits.FromSingle(v)))];

    /// <summary>Magnitudes.</summary>
    public static float[] Abs(float[] values) => [.. values.Select(Math.Abs)];

    /// <summary>Whether two arrays hold the same bits.</summary>
    public static bool SameBits(ReadOnlySpan<float> left, ReadOnlySpan<float> right) =>
        MemoryMarshal.AsBytes(left).SequenceEqual(MemoryMarshal.AsBytes(right));
}
