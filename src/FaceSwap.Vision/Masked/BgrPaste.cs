using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Blends a face into a BGR frame: bicubic sample, rounded to 8 bits, then mask·sample + (1 − mask)·frame, rounded.</summary>
internal static unsafe class BgrPaste
{
    /// <summary>Blends one row.</summary>
    /// <param name="plane">The frame's plane.</param>
    /// <param name="y">The row.</param>
    /// <param name="firstColumn">The frame's column of the first weight.</param>
    /// <param name="weights">The mask's row.</param>
    /// <param name="patch">The face.</param>
    /// <param name="toSquare">From frame pixels to the face's.</param>
    /// <param name="columnX">The warp's contributions of the frame's columns to x.</param>
    /// <param name="columnY">The same to y.</param>
    public static void Row(PlaneView plane, int y, int firstColumn, ReadOnlySpan<float> weights, FacePatch patch, Affine toSquare, int* columnX,
        int* columnY)
    {
        (int rowX, int rowY) = FixedWarp.Row(toSquare, y);
        int begin = weights.IndexOfAnyExcept(0f);
        if (begin < 0)
            return;
        int end = weights.LastIndexOfAnyExcept(0f) + 1;
        int side = patch.Side;
        byte* pixel = plane.Row(y) + ((nint)(firstColumn + begin) * 3);
        for (int i = begin; i < end; i++, pixel += 3)
        {
            float weight = weights[i];
            int fx = FixedWarp.Coordinate(columnX[firstColumn + i], rowX), fy = FixedWarp.Coordinate(columnY[firstColumn + i], rowY);
            int sx = fx >> FixedWarp.FractionBits, sy = fy >> FixedWarp.FractionBits;
            if (weight == 0 || (uint)sx >= (uint)side || (uint)sy >= (uint)side)
                continue;
            Vector128<float> sample = Sample(patch, sx, sy, fx & (FixedWarp.Steps - 1), fy & (FixedWarp.Steps - 1));
            Vector128<int> result = Round(sample);
            if (weight != 1)
            {
                Vector128<float> old = Vector128.ConvertToSingle(Vector128.Create(pixel[0], pixel[1], pixel[2], 0));
                result = Round(old + ((Vector128.ConvertToSingle(result) - old) * weight));
            }
            pixel[0] = (byte)result.GetElement(0);
            pixel[1] = (byte)result.GetElement(1);
            pixel[2] = (byte)result.GetElement(2);
        }
    }

    private static Vector128<int> Round(Vector128<float> value) => Vector128.ConvertToInt32(
        Vector128.Min(Vector128.Max(value, Vector128<float>.Zero), Vector128.Create(255f)) + Vector128.Create(0.5f));

    // Four taps of four samples are two registers of eight: down first, then across by weights laid out the same way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sample(FacePatch patch, int x, int y, int fractionX, int fractionY)
    {
        float* down = PinnedFirst(Cubic.Weights) + (4 * fractionY);
        float* across = PinnedFirst(Cubic.Quads) + (16 * fractionX);
        nint pitch = (nint)patch.Pitch * 4;
        float* taps = patch.Bgr + (y * pitch) + ((nint)x * 4);
        Vector256<float> weight = Vector256.Create(down[0]);
        Vector256<float> left = Vector256.Load(taps) * weight, right = Vector256.Load(taps + 8) * weight;
        for (int i = 1; i < 4; i++)
        {
            taps += pitch;
            weight = Vector256.Create(down[i]);
            left = Vector256.MultiplyAddEstimate(Vector256.Load(taps), weight, left);
            right = Vector256.MultiplyAddEstimate(Vector256.Load(taps + 8), weight, right);
        }
        Vector256<float> both = (left * Vector256.Load(across)) + (right * Vector256.Load(across + 8));
        return both.GetLower() + both.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* PinnedFirst(float[] table) =>
        (float*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(table));
}
