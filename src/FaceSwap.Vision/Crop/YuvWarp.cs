using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Crops of YUV frames: luma and chroma sampled bilinearly in their own planes, then converted to BGR. Where the crop leaves the frame
/// the result fades to black over one pixel, as bilinear interpolation of a BGR image with a black border does.</summary>
internal static unsafe class YuvWarp
{
    /// <summary>One row of a crop: <paramref name="width"/> pixels of B, G, R in 0..1.</summary>
    public static void Row(in YuvSource source, Affine toSource, int row, int width, float* bgr)
    {
        if (source.IsDeep)
            Row<ushort>(source, toSource, row, width, bgr);
        else
            Row<byte>(source, toSource, row, width, bgr);
    }

    private static void Row<T>(in YuvSource source, Affine toSource, int row, int width, float* bgr) where T : unmanaged
    {
        double startX = (toSource.B * row) + toSource.C, startY = (toSource.E * row) + toSource.F;
        int x = 0;
        if (Avx2.IsSupported && source.HasChroma)
        {
            for (; x <= width - 8; x += 8)
            {
                if (!Eight<T>(source, toSource, startX, startY, x, bgr + (3 * x)))
                    Scalar<T>(source, toSource, startX, startY, x, x + 8, bgr);
            }
        }
        Scalar<T>(source, toSource, startX, startY, x, width, bgr);
    }

    private static void Scalar<T>(in YuvSource source, Affine toSource, double startX, double startY, int first, int end, float* bgr) where T : unmanaged
    {
        for (int x = first; x < end; x++)
        {
            float sx = (float)((toSource.A * x) + startX), sy = (float)((toSource.D * x) + startY);
            float* pixel = bgr + (3 * x);
            float inside = Coverage(sx, source.Luma.Width) * Coverage(sy, source.Luma.Height);
            if (!(inside > 0))
            {
                pixel[0] = pixel[1] = pixel[2] = 0;
                continue;
            }
            YuvTransform t = source.Transform;
            float luma = (Bilinear<T>(source.Luma, sx, sy) - t.LumaOffset) * t.LumaScale;
            float u = 0, v = 0;
            if (source.HasChroma)
            {
                (float cx, float cy) = source.ToChroma(sx, sy);
                u = Bilinear<T>(source.ChromaU, cx, cy);
                v = Bilinear<T>(source.ChromaV, cx, cy);
                if (source.IsRgb)
                {
                    (pixel[0], pixel[1], pixel[2]) = (u * t.LumaScale * inside, luma * inside, v * t.LumaScale * inside);
                    continue;
                }
                (u, v) = (u - t.ChromaMiddle, v - t.ChromaMiddle);
            }
            pixel[0] = Math.Clamp(luma + (t.BlueU * u), 0, 1) * inside;
            pixel[1] = Math.Clamp(luma + (t.GreenU * u) + (t.GreenV * v), 0, 1) * inside;
            pixel[2] = Math.Clamp(luma + (t.RedV * v), 0, 1) * inside;
        }
    }

    // The part of a bilinear kernel at a position that lies within 0..size − 1.
    private static float Coverage(float position, int size)
    {
        float outside = Math.Max(-position, position - (size - 1));
        return outside <= 0 ? 1 : outside < 1 ? 1 - outside : 0;
    }

    private static float Bilinear<T>(PlaneView plane, float x, float y) where T : unmanaged
    {
        x = Math.Clamp(x, 0, plane.Width - 1);
        y = Math.Clamp(y, 0, plane.Height - 1);
        int x0 = (int)x, y0 = (int)y;
        float fx = x - x0, fy = y - y0;
        nint right = x0 + 1 < plane.Width ? plane.PixelStride : 0;
        byte* upper = plane.Row(y0) + ((nint)x0 * plane.PixelStride);
        byte* lower = y0 + 1 < plane.Height ? upper + plane.Stride : upper;
        float top = At<T>(upper) + (fx * (At<T>(upper + right) - At<T>(upper)));
        float bottom = At<T>(lower) + (fx * (At<T>(lower + right) - At<T>(lower)));
        return top + (fy * (bottom - top));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float At<T>(byte* address) where T : unmanaged => Sample.Value(*(T*)address);

    // Eight pixels whose samples all lie inside their planes; false when some do not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Eight<T>(in YuvSource source, Affine toSource, double startX, double startY, int x, float* bgr) where T : unmanaged
    {
        Vector256<float> steps = Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7);
        Vector256<float> sx = Vector256.Create((float)((toSource.A * x) + startX)) + (Vector256.Create((float)toSource.A) * steps);
        Vector256<float> sy = Vector256.Create((float)((toSource.D * x) + startY)) + (Vector256.Create((float)toSource.D) * steps);
        Vector256<float> cx = source.HalfWidth ? sx * 0.5f : sx;
        Vector256<float> cy = source.HalfHeight ? (sy - Vector256.Create(0.5f)) * 0.5f : sy;
        PlaneView u = source.ChromaU, v = source.ChromaV;
        if (!Inside(sx, sy, source.Luma) || !Inside(cx, cy, u))
            return false;
        YuvTransform t = source.Transform;
        Vector256<float> luma = (Bilinear<T>(source.Luma, sx, sy) - Vector256.Create(t.LumaOffset)) * t.LumaScale;
        Vector256<float> du = Bilinear<T>(u, cx, cy), dv = Bilinear<T>(v, cx, cy);
        float* planar = stackalloc float[24];
        if (source.IsRgb)
        {
            (du * t.LumaScale).Store(planar);
            luma.Store(planar + 8);
            (dv * t.LumaScale).Store(planar + 16);
        }
        else
        {
            Vector256<float> middle = Vector256.Create(t.ChromaMiddle);
            (du, dv) = (du - middle, dv - middle);
            Clip(luma + (du * t.BlueU)).Store(planar);
            Clip(luma + (du * t.GreenU) + (dv * t.GreenV)).Store(planar + 8);
            Clip(luma + (dv * t.RedV)).Store(planar + 16);
        }
        for (int i = 0; i < 8; i++)
        {
            bgr[3 * i] = planar[i];
            bgr[(3 * i) + 1] = planar[8 + i];
            bgr[(3 * i) + 2] = planar[16 + i];
        }
        return true;
    }

    private static Vector256<float> Clip(Vector256<float> value) =>
        Vector256.Min(Vector256.Max(value, Vector256<float>.Zero), Vector256.Create(1f));

    // A gather reads four bytes at a sample's address, so up to four samples of one byte must follow it in its row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Inside(Vector256<float> x, Vector256<float> y, PlaneView plane) =>
        Vector256.GreaterThanOrEqualAll(x, Vector256<float>.Zero) && Vector256.GreaterThanOrEqualAll(y, Vector256<float>.Zero)
        && Vector256.LessThanAll(x, Vector256.Create((float)(plane.Width - 4))) && Vector256.LessThanAll(y, Vector256.Create((float)(plane.Height - 1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Bilinear<T>(PlaneView plane, Vector256<float> x, Vector256<float> y) where T : unmanaged
    {
        Vector256<int> x0 = Avx.ConvertToVector256Int32WithTruncation(x), y0 = Avx.ConvertToVector256Int32WithTruncation(y);
        Vector256<float> fx = x - Avx.ConvertToVector256Single(x0), fy = y - Avx.ConvertToVector256Single(y0);
        Vector256<int> index = (y0 * plane.Stride) + (x0 * plane.PixelStride);
        Vector256<int> upper = Avx2.GatherVector256((int*)plane.Data, index, 1);
        Vector256<int> lower = Avx2.GatherVector256((int*)plane.Data, index + Vector256.Create(plane.Stride), 1);
        int shift = 8 * plane.PixelStride;
        Vector256<int> low = Vector256.Create((1 << (8 * sizeof(T))) - 1);
        Vector256<float> a = Avx.ConvertToVector256Single(upper & low), b = Avx.ConvertToVector256Single((upper >>> shift) & low);
        Vector256<float> c = Avx.ConvertToVector256Single(lower & low), d = Avx.ConvertToVector256Single((lower >>> shift) & low);
        Vector256<float> top = a + (fx * (b - a)), bottom = c + (fx * (d - c));
        return top + (fy * (bottom - top));
    }
}
