namespace FaceSwap.Core.Random;

/// <summary>
/// A shuffle without a table: a keyed permutation of 0 … count − 1, any element of which costs a few operations. A balanced Feistel
/// network over the next even power of two, applied again while the result lies outside the range (cycle walking; Black and Rogaway,
/// "Ciphers with arbitrary finite domains", 2002). Its rounds' keys are Philox numbers.
/// </summary>
public static class Shuffle
{
    /// <summary>Where the shuffle puts <paramref name="position"/>.</summary>
    /// <param name="position">0 … <paramref name="count"/> − 1.</param>
    /// <param name="count">Elements shuffled, 1 … 2³⁰.</param>
    /// <param name="key">Philox key.</param>
    /// <param name="counterLow">Which shuffle: low half of Philox's counter.</param>
    /// <param name="counterHigh">High half; the two lowest bits must be 0.</param>
    public static int At(int position, int count, ulong key, ulong counterLow, ulong counterHigh)
    {
        if (count <= 1)
            return 0;
        int half = (33 - System.Numerics.BitOperations.LeadingZeroCount((uint)count - 1)) / 2;
        uint mask = (1u << half) - 1;
        (uint k0, uint k1, uint k2, uint k3) = Philox.Block(key, counterLow, counterHigh);
        (uint k4, uint k5, uint k6, uint k7) = Philox.Block(key, counterLow, counterHigh | 1);
        uint value = (uint)position;
        do
        {
            uint left = value >> half, right = value & mask;
            left ^= Mix(right, k0) & mask;
            right ^= Mix(left, k1) & mask;
            left ^= Mix(right, k2) & mask;
            right ^= Mix(left, k3) & mask;
            left ^= Mix(right, k4) & mask;
            right ^= Mix(left, k5) & mask;
            left ^= Mix(right, k6) & mask;
            right ^= Mix(left, k7) & mask;
            value = (left << half) | right;
        }
        while (value >= (uint)count);
        return (int)value;
    }

    // The finalizer of MurmurHash3 over the half word and the round's key.
    private static uint Mix(uint value, uint key)
    {
        uint h = (value * 0x9E3779B1u) ^ key;
        h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
        h = (h ^ (h >> 13)) * 0xC2B2AE35u;
        return h ^ (h >> 16);
    }
}
