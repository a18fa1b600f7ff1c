using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Bicubic samples of eight neighbouring pixels of a frame's row at once. A new face is enlarged as a rule, so eight pixels lie within a few of its columns and rows: a row's eight
/// columns are loaded once and handed to the lanes by permutation. Products and sums of a lane are those of a single sample, in the same order, so that the result is the
/// same to the bit.
/// </summary>
internal unsafe ref struct CubicLanes
{
    /// <summary>Pixels at once.</summary>
    public const int Count = 8;

    /// <summary>Samples that are read beyond a picture's last one.</summary>
    public const int ReadBeyond = 8;

    // Four taps of columns up to this one lie in eight.
    private const int LastColumn = 4;

    // More rows cost more than single samples do.
    private const int LastRow = 3;

    private Vector256<int> column, row;
    private Vector256<float> down0, down1, down2, down3, across0, across1, across2, across3;
    private nint offset;
    private int pitch, lastRow;

    /// <summary>Whether the processor has what this takes; without it single samples are as fast.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Finds out where eight samples lie. False when they are too far apart.</summary>
    /// <param name="x">Coordinates in 1/32 pixel, inside the picture, rising or falling.</param>
    /// <param name="y">The same down.</param>
    /// <param name="pitch">Samples from row to row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Place(Vector256<int> x, Vector256<int> y, int pitch)
    {
        Vector256<int> wholeX = Vector256.ShiftRightArithmetic(x, FixedWarp.FractionBits), wholeY = Vector256.ShiftRightArithmetic(y, FixedWarp.FractionBits);
        (int x0, int x7, int y0, int y7) = (wholeX.GetElement(0), wholeX.GetElement(7), wholeY.GetElement(0), wholeY.GetElement(7));
        int left = Math.Min(x0, x7), top = Math.Min(y0, y7);
        lastRow = Math.Max(y0, y7) - top;
        if (Math.Max(x0, x7) - left > LastColumn || lastRow > LastRow)
            return false;
        this.pitch = pitch;
        offset = ((nint)top * pitch) + left;
        column = wholeX - Vector256.Create(left);
        row = wholeY - Vector256.Create(top);
        Vector256<int> fraction = Vector256.Create(FixedWarp.Steps - 1);
        Weights(x & fraction, out across0, out across1, out across2, out across3);
        Weights(y & fraction, out down0, out down1, out down2, out down3);
        return true;
    }

    /// <summary>The samples, their columns added as (0 + 1) + (2 + 3), as a dot product does.</summary>
    /// <param name="samples">A picture of one channel; tap −1 of pixel x stands at column x.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<float> Neighbours(float* samples)
    {
        Columns(samples, out Vector256<float> s0, out Vector256<float> s1, out Vector256<float> s2, out Vector256<float> s3);
        return ((s0 * across0) + (s1 * across1)) + ((s2 * across2) + (s3 * across3));
    }

    /// <summary>The samples, their columns added as (0 + 2) + (1 + 3), as the halves of a register are.</summary>
    /// <param name="samples">A picture of one channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<float> Halves(float* samples)
    {
        Columns(samples, out Vector256<float> s0, out Vector256<float> s1, out Vector256<float> s2, out Vector256<float> s3);
        return ((s0 * across0) + (s2 * across2)) + ((s1 * across1) + (s3 * across3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Columns(float* samples, out Vector256<float> s0, out Vector256<float> s1, out Vector256<float> s2, out Vector256<float> s3)
    {
        Vector256<int> one = Vector256<int>.One, i0 = column, i1 = i0 + one, i2 = i1 + one, i3 = i2 + one;
        (s0, s1, s2, s3) = (default, default, default, default);
        float* at = samples + offset;
        for (int i = 0; i <= lastRow + 3; i++, at += pitch)
        {
            // A lane that has not come to this row or is past it adds products with zero, which change nothing.
            Vector256<float> weight = lastRow == 0 ? i switch { 0 => down0, 1 => down1, 2 => down2, _ => down3 } : At(Vector256.Create(i) - row);
            Vector256<float> eight = Vector256.Load(at);
            s0 = Vector256.MultiplyAddEstimate(Avx2.PermuteVar8x32(eight, i0), weight, s0);
            s1 = Vector256.MultiplyAddEstimate(Avx2.PermuteVar8x32(eight, i1), weight, s1);
            s2 = Vector256.MultiplyAddEstimate(Avx2.PermuteVar8x32(eight, i2), weight, s2);
            s3 = Vector256.MultiplyAddEstimate(Avx2.PermuteVar8x32(eight, i3), weight, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector256<float> At(Vector256<int> tap) =>
        (Vector256.Equals(tap, Vector256<int>.Zero).AsSingle() & down0) | (Vector256.Equals(tap, Vector256<int>.One).AsSingle() & down1)
        | (Vector256.Equals(tap, Vector256.Create(2)).AsSingle() & down2) | (Vector256.Equals(tap, Vector256.Create(3)).AsSingle() & down3);

    // The table of a tap has 32 entries: two registers of sixteen, in which one instruction looks all lanes up.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weights(Vector256<int> fraction, out Vector256<float> w0, out Vector256<float> w1, out Vector256<float> w2, out Vector256<float> w3)
    {
        float* table = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Cubic.Taps));
        if (Avx512F.IsSupported)
        {
            Vector512<int> index = Vector512.Create(fraction, fraction);
            w0 = Avx512F.PermuteVar16x32x2(Vector512.Load(table), index, Vector512.Load(table + 16)).GetLower();
            w1 = Avx512F.PermuteVar16x32x2(Vector512.Load(table + 32), index, Vector512.Load(table + 48)).GetLower();
            w2 = Avx512F.PermuteVar16x32x2(Vector512.Load(table + 64), index, Vector512.Load(table + 80)).GetLower();
            w3 = Avx512F.PermuteVar16x32x2(Vector512.Load(table + 96), index, Vector512.Load(table + 112)).GetLower();
            return;
        }
        w0 = Avx2.GatherVector256(table, fraction, sizeof(float));
        w1 = Avx2.GatherVector256(table + 32, fraction, sizeof(float));
        w2 = Avx2.GatherVector256(table + 64, fraction, sizeof(float));
        w3 = Avx2.GatherVector256(table + 96, fraction, sizeof(float));
    }
}
