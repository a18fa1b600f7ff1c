using System.Runtime.CompilerServices;

namespace FaceSwap.Core.Random;

/// <summary>
/// Two independent standard normal numbers from two random words by the method of Box and Muller (1958). Logarithm, sine and cosine are
/// short polynomials in single-precision fused multiply-adds, not the platform's library, so that every system and every GPU kernel
/// that repeats these operations gets the same bits.
/// </summary>
public static class NormalPair
{
    /// <summary>√(−2·ln u)·(cos, sin)(2π·v) with u in (0, 1] from <paramref name="radius"/>, v in [0, 1) from <paramref name="angle"/>, 24
    /// bits each. No result is beyond ±5.77.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Cosine, float Sine) From(uint radius, uint angle)
    {
        float length = MathF.Sqrt(-2f * Log(((radius >> 8) + 1) * (1f / 16777216f)));
        (float sine, float cosine) = SinCosTurn(angle >> 8);
        return (length * cosine, length * sine);
    }

    /// <summary>ln x for normal positive x, to 2 units in the last place or 1e-7: x = m·2^e with m within [√½, √2),
    /// ln m = 2·artanh((m − 1)/(m + 1)).</summary>
    internal static float Log(float x)
    {
        int bits = BitConverter.SingleToInt32Bits(x);
        int exponent = (bits - 0x3F3504F3) >> 23;
        float m = BitConverter.Int32BitsToSingle(bits - (exponent << 23));
        float s = (m - 1f) / (m + 1f);
        float square = s * s;
        float series = MathF.FusedMultiplyAdd(square, 1f / 9f, 1f / 7f);
        series = MathF.FusedMultiplyAdd(square, series, 1f / 5f);
        series = MathF.FusedMultiplyAdd(square, series, 1f / 3f);
        series = MathF.FusedMultiplyAdd(square * s, series, s);
        return MathF.FusedMultiplyAdd(exponent, 0.69314718f, 2f * series);
    }

    /// <summary>Sine and cosine of <paramref name="part"/>/2²⁴ of a turn. The quadrant is taken off in integers, exactly; what is left lies
    /// within ±π/4, where Taylor's polynomials of degree 9 and 8 are good to 3e-8.</summary>
    internal static (float Sine, float Cosine) SinCosTurn(uint part)
    {
        uint quadrant = (part + (1u << 21)) >> 22;
        float x = ((int)part - (int)(quadrant << 22)) * (6.2831853f / 16777216f);
        float square = x * x;
        float sine = MathF.FusedMultiplyAdd(square, 2.7557319e-6f, -1.9841270e-4f);
        sine = MathF.FusedMultiplyAdd(square, sine, 8.3333333e-3f);
        sine = MathF.FusedMultiplyAdd(square, sine, -1.6666667e-1f);
        sine = MathF.FusedMultiplyAdd(square * x, sine, x);
        float cosine = MathF.FusedMultiplyAdd(square, 2.4801587e-5f, -1.3888889e-3f);
        cosine = MathF.FusedMultiplyAdd(square, cosine, 4.1666667e-2f);
        cosine = MathF.FusedMultiplyAdd(square, cosine, -0.5f);
        cosine = MathF.FusedMultiplyAdd(square, cosine, 1f);
        return (quadrant & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }
}
