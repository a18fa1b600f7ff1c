using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Blends a face into the planes of a YUV or planar RGB frame, samples of bytes or of two bytes (T): luma by its pixel's weight, chroma by the mean weight of the pixels it
/// covers. Pixels are taken one by one here; <see cref="YuvLanes"/> takes eight where it can, to the same bits.</summary>
internal static unsafe class YuvPaste
{
    /// <summary>Blends one row of luma, and sets to 0 the weights of pixels that lie outside the face's square, which stay as they are.</summary>
    /// <param name="plane">The luma plane.</param>
    /// <param name="y">The row.</param>
    /// <param name="firstColumn">The frame's column of the first weight.</param>
    /// <param name="weights">The mask's row.</param>
    /// <param name="patch">The face.</param>
    /// <param name="toSquare">From frame pixels to the face's.</param>
    /// <param name="columnX">The warp's contributions of the frame's columns to x.</param>
    /// <param name="columnY">The same to y.</param>
    /// <param name="transform">The frame's range.</param>
    public static void LumaRow<T>(PlaneView plane, int y, int firstColumn, Span<float> weights, FacePatch patch, Affine toSquare, int* columnX,
        int* columnY, in YuvTransform transform) where T : unmanaged
    {
        (int rowX, int rowY) = FixedWarp.Row(toSquare, y);
        int begin = weights.IndexOfAnyExcept(0f);
        if (begin < 0)
            return;
        int end = weights.LastIndexOfAnyExcept(0f) + 1;
        float low = transform.LumaLow, high = transform.LumaHigh;
        T* row = (T*)plane.Row(y) + firstColumn;
        columnX += firstColumn;
        columnY += firstColumn;
        fixed (float* weight = weights)
        {
            int i = begin;
            for (; CubicLanes.IsSupported && i <= end - CubicLanes.Count; i += CubicLanes.Count)
            {
                if (!YuvLanes.Luma(row + i, weight + i, columnX + i, columnY + i, rowX, rowY, patch, low, high))
                    LumaPixels(row, weight, i, i + CubicLanes.Count, columnX, columnY, rowX, rowY, patch, low, high);
            }
            LumaPixels(row, weight, i, end, columnX, columnY, rowX, rowY, patch, low, high);
        }
    }

    /// <summary>Blends one row of chroma.</summary>
    /// <param name="source">The frame's planes.</param>
    /// <param name="chromaRow">The row of the chroma planes.</param>
    /// <param name="firstColumn">The frame's luma column of the first weight.</param>
    /// <param name="upper">The weights of the block's first luma row; empty when the mask does not reach it.</param>
    /// <param name="lower">Those of its second luma row; empty when the mask does not reach it, or there is none.</param>
    /// <param name="rows">Luma rows of the frame in this block: 1 or 2.</param>
    /// <param name="patch">The face.</param>
    /// <param name="toSquare">From frame pixels to the face's.</param>
    public static void ChromaRow<T>(in YuvSource source, int chromaRow, int firstColumn, ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, int rows,
        FacePatch patch, Affine toSquare) where T : unmanaged
    {
        int columns = Math.Max(upper.Length, lower.Length), step = source.HalfWidth ? 2 : 1;
        int first = firstColumn / step, last = (firstColumn + columns - 1) / step;
        T* u = (T*)source.ChromaU.Row(chromaRow), v = (T*)source.ChromaV.Row(chromaRow);
        int stride = source.ChromaU.PixelStride / sizeof(T);
        double y = source.HalfHeight ? (2 * chromaRow) + 0.5 : chromaRow;
        double startX = (toSquare.B * y) + toSquare.C, startY = (toSquare.E * y) + toSquare.F;
        double stepX = toSquare.A * step, stepY = toSquare.D * step;
        float low = source.Transform.ChromaLow, high = source.Transform.ChromaHigh;
        bool lanes = CubicLanes.IsSupported && step == 2 && stride == 1;
        for (int x = first; x <= last; x++)
        {
            int luma = (x * step) - firstColumn;
            if (lanes && luma >= 0 && luma + (2 * CubicLanes.Count) <= columns
                && YuvLanes.Chroma(u + x, v + x, x, upper, lower, luma, 1f / (2 * rows), startX, startY, stepX, stepY, patch, low, high))
            {
                x += CubicLanes.Count - 1;
                continue;
            }
            float weight = At(upper, luma) + At(lower, luma);
            int count = rows;
            if (step == 2 && (x * 2) + 1 < source.Luma.Width)
            {
                weight += At(upper, luma + 1) + At(lower, luma + 1);
                count *= 2;
            }
            if (weight == 0)
                continue;
            weight /= count;
            Vector128<float> sample = Sampled(patch, (stepX * x) + startX, (stepY * x) + startY);
            sample = Vector128.Min(Vector128.Max(sample, Vector128.Create(low)), Vector128.Create(high));
            u[x * stride] = Blend(u[x * stride], sample.GetElement(0), weight);
            v[x * stride] = Blend(v[x * stride], sample.GetElement(1), weight);
        }
    }

    private static void LumaPixels<T>(T* row, float* weights, int begin, int end, int* columnX, int* columnY, int rowX, int rowY, FacePatch patch, float low, float high)
        where T : unmanaged
    {
        int side = patch.Side, pitch = patch.Pitch;
        float* samples = patch.Luma;
        for (int i = begin; i < end; i++)
        {
            float weight = weights[i];
            int fx = FixedWarp.Coordinate(columnX[i], rowX), fy = FixedWarp.Coordinate(columnY[i], rowY);
            int sx = fx >> FixedWarp.FractionBits, sy = fy >> FixedWarp.FractionBits;
            if ((uint)sx >= (uint)side || (uint)sy >= (uint)side)
            {
                weights[i] = 0;
                continue;
            }
            if (weight == 0)
                continue;
            float* down = First(Cubic.Weights) + (4 * (fy & (FixedWarp.Steps - 1)));
            float* taps = samples + ((nint)sy * pitch) + sx;
            Vector128<float> sum = Vector128.Load(taps) * down[0];
            sum = Vector128.MultiplyAddEstimate(Vector128.Load(taps + pitch), Vector128.Create(down[1]), sum);
            sum = Vector128.MultiplyAddEstimate(Vector128.Load(taps + (2 * pitch)), Vector128.Create(down[2]), sum);
            sum = Vector128.MultiplyAddEstimate(Vector128.Load(taps + (3 * pitch)), Vector128.Create(down[3]), sum);
            float value = Vector128.Dot(sum, Vector128.Load(First(Cubic.Weights) + (4 * (fx & (FixedWarp.Steps - 1)))));
            row[i] = Blend(row[i], Math.Min(Math.Max(value, low), high), weight);
        }
    }

    private static float At(ReadOnlySpan<float> weights, int index) => (uint)index < (uint)weights.Length ? weights[index] : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Blend<T>(T old, float value, float weight) where T : unmanaged =>
        Sample.Truncated<T>(Sample.Value(old) + (weight * (value - Sample.Value(old))) + 0.5f);

    // U and V at a position; a chroma sample whose own place is just outside the square takes the square's edge.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sampled(FacePatch patch, double x, double y)
    {
        int limit = (patch.Side * FixedWarp.Steps) - 1;
        int fx = Math.Clamp((int)((x * FixedWarp.Steps) + 0.5), 0, limit), fy = Math.Clamp((int)((y * FixedWarp.Steps) + 0.5), 0, limit);
        float* down = First(Cubic.Weights) + (4 * (fy & (FixedWarp.Steps - 1)));
        nint pitch = (nint)patch.Pitch * 2;
        float* taps = patch.Chroma + ((fy >> FixedWarp.FractionBits) * pitch) + ((nint)(fx >> FixedWarp.FractionBits) * 2);
        Vector256<float> sum = Vector256.Load(taps) * down[0];
        for (int i = 1; i < 4; i++)
            sum = Vector256.MultiplyAddEstimate(Vector256.Load(taps + (i * pitch)), Vector256.Create(down[i]), sum);
        sum *= Vector256.Load(First(Cubic.Pairs) + (8 * (fx & (FixedWarp.Steps - 1))));
        Vector128<float> half = sum.GetLower() + sum.GetUpper();
        return half + Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* First(float[] pinned) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}
