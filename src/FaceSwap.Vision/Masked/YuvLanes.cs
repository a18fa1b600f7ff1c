using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Eight neighbouring samples of a plane blended at once, to the bits that <see cref="YuvPaste"/> computes one by one. Only where <see cref="CubicLanes.IsSupported"/>.</summary>
internal static unsafe class YuvLanes
{
    /// <summary>Blends eight samples of luma; sets the weights of those outside the face's square to 0. False when they are too far apart in the face: nothing is done then.</summary>
    /// <param name="pixels">The samples.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="columnX">The warp's contributions of their columns to x.</param>
    /// <param name="columnY">The same to y.</param>
    /// <param name="rowX">That of their row to x.</param>
    /// <param name="rowY">The same to y.</param>
    /// <param name="patch">The face.</param>
    /// <param name="low">The range's lower end.</param>
    /// <param name="high">Its upper end.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Luma<T>(T* pixels, float* weights, int* columnX, int* columnY, int rowX, int rowY, FacePatch patch, float low, float high)
        where T : unmanaged
    {
        const int shift = 10 - FixedWarp.FractionBits;
        Vector256<int> limit = Vector256.Create((patch.Side * FixedWarp.Steps) - 1);
        Vector256<int> x = Vector256.ShiftRightArithmetic(Vector256.Load(columnX) + Vector256.Create(rowX), shift);
        Vector256<int> y = Vector256.ShiftRightArithmetic(Vector256.Load(columnY) + Vector256.Create(rowY), shift);
        Vector256<int> insideX = Vector256.Min(Vector256.Max(x, Vector256<int>.Zero), limit), insideY = Vector256.Min(Vector256.Max(y, Vector256<int>.Zero), limit);
        CubicLanes lanes = default;
        if (!lanes.Place(insideX, insideY, patch.Pitch))
            return false;
        Vector256<float> inside = (Vector256.Equals(x, insideX) & Vector256.Equals(y, insideY)).AsSingle();
        Vector256<float> weight = Vector256.Load(weights) & inside;
        weight.Store(weights);
        Blend(pixels, lanes.Neighbours(patch.Luma), weight, low, high);
        return true;
    }

    /// <summary>Blends eight samples of both chroma planes that are half as wide as luma. False when they are too far apart in the face: nothing is done then.</summary>
    /// <param name="u">Samples of the first plane.</param>
    /// <param name="v">Those of the second.</param>
    /// <param name="first">Their first column.</param>
    /// <param name="upper">Weights of the upper row of luma; empty: all are 0.</param>
    /// <param name="lower">Weights of the lower row.</param>
    /// <param name="at">Where in them the sixteen weights begin.</param>
    /// <param name="share">The part of a chroma sample that a pixel of luma has: a power of two.</param>
    /// <param name="startX">x of column 0 in the face.</param>
    /// <param name="startY">y of column 0.</param>
    /// <param name="stepX">x from column to column.</param>
    /// <param name="stepY">y from column to column.</param>
    /// <param name="patch">The face.</param>
    /// <param name="low">The range's lower end.</param>
    /// <param name="high">Its upper end.</param>
    public static bool Chroma<T>(T* u, T* v, int first, ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, int at, float share, double startX, double startY, double stepX,
        double stepY, FacePatch patch, float low, float high) where T : unmanaged
    {
        (Vector256<float> even, Vector256<float> odd) = Pairs(upper, at);
        (Vector256<float> lowerEven, Vector256<float> lowerOdd) = Pairs(lower, at);
        Vector256<float> weight = (even + lowerEven) + (odd + lowerOdd);
        if (weight == Vector256<float>.Zero)
            return true;
        CubicLanes lanes = default;
        if (!lanes.Place(Positions(first, stepX, startX, patch.Side), Positions(first, stepY, startY, patch.Side), patch.Pitch))
            return false;
        weight *= share;
        Blend(u, lanes.Halves(patch.U), weight, low, high);
        Blend(v, lanes.Halves(patch.V), weight, low, high);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Blend<T>(T* pixels, Vector256<float> value, Vector256<float> weight, float low, float high) where T : unmanaged
    {
        value = Vector256.Min(Vector256.Max(value, Vector256.Create(low)), Vector256.Create(high));
        Vector256<float> old = Vector256.ConvertToSingle(sizeof(T) == 1 ? Avx2.ConvertToVector256Int32((byte*)pixels) : Avx2.ConvertToVector256Int32((ushort*)pixels));
        Vector256<int> blended = Avx.ConvertToVector256Int32WithTruncation(old + (weight * (value - old)) + Vector256.Create(0.5f));
        if (sizeof(T) > 1)
        {
            Sse41.PackUnsignedSaturate(blended.GetLower(), blended.GetUpper()).Store((ushort*)pixels);
            return;
        }
        Vector128<short> narrow = Sse2.PackSignedSaturate(blended.GetLower(), blended.GetUpper());
        *(ulong*)pixels = Sse2.PackUnsignedSaturate(narrow, narrow).AsUInt64().ToScalar();
    }

    // In 1/32 pixel, at the square's edge where they lie beyond it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Positions(int first, double step, double start, int side)
    {
        Vector256<double> column = Vector256.Create((double)first) + Vector256.Create(0.0, 1, 2, 3);
        Vector128<int> left = Whole(column, step, start), right = Whole(column + Vector256.Create(4.0), step, start);
        return Vector256.Min(Vector256.Max(Vector256.Create(left, right), Vector256<int>.Zero), Vector256.Create((side * FixedWarp.Steps) - 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Whole(Vector256<double> column, double step, double start) => Avx.ConvertToVector128Int32WithTruncation(
        ((((Vector256.Create(step) * column) + Vector256.Create(start)) * Vector256.Create((double)FixedWarp.Steps)) + Vector256.Create(0.5)));

    // Sixteen weights as those of even and odd columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Even, Vector256<float> Odd) Pairs(ReadOnlySpan<float> weights, int at)
    {
        if (weights.IsEmpty)
            return default;
        ref float first = ref MemoryMarshal.GetReference(weights[at..(at + 16)]);
        Vector256<float> a = Vector256.LoadUnsafe(ref first), b = Vector256.LoadUnsafe(ref first, 8);
        return (Ordered(Avx.Shuffle(a, b, 0b10_00_10_00)), Ordered(Avx.Shuffle(a, b, 0b11_01_11_01)));
    }

    // A shuffle works within halves: their middle parts change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Ordered(Vector256<float> value) => Avx2.Permute4x64(value.AsDouble(), 0b11_01_10_00).AsSingle();
}
