using System.Runtime.CompilerServices;

namespace FaceSwap.Compute;

/// <summary>bfloat16 as its 16 bits: the upper half of an IEEE single.</summary>
public static class BFloat16Bits
{
    /// <summary>Rounds to nearest, ties to even. NaN stays NaN (quiet), infinity stays infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
