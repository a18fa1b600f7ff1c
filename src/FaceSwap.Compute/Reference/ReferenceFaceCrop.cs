using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// One pixel of a crop. From BGR: bilinear in OpenCV's fixed point, a constant border of 0, rounded to 8 bits, over 255. From YUV: luma and
/// chroma sampled bilinearly in their own planes (sample c of halved chroma lies on column 2c and between rows 2c and 2c + 1), converted, clipped to
/// 0..1, and faded to black over one pixel beyond the frame's edge.
/// </summary>
internal static unsafe class ReferenceFaceCrop
{
    public static (float B, float G, float R) Pixel(in CompositorSlot slot, int x, int y) =>
        slot.Step0 == 3 ? Bgr(slot, x, y) : Yuv(slot, x, y);

    /// <summary>A pixel of the frame as 8-bit B, G, R.</summary>
    public static (byte B, byte G, byte R) FramePixel(in CompositorSlot slot, int x, int y)
    {
        if (slot.Step0 == 3)
        {
            byte* pixel = (byte*)slot.Plane0 + ((long)y * slot.Stride0) + (3L * x);
            return (pixel[0], pixel[1], pixel[2]);
        }
        (float blue, float green, float red) = YuvAt(slot, x, y);
        return (ToByte(blue), ToByte(green), ToByte(red));
    }

    /// <summary>A number of a crop as the byte that histograms count.</summary>
    public static byte ToByte(float value) => (byte)((value * 255f) + 0.5f);

    private static (float, float, float) Bgr(in CompositorSlot slot, int x, int y)
    {
        const int steps = FixedWarp.Steps, half = steps * steps / 2, shift = 2 * FixedWarp.FractionBits;
        (int columnX, int columnY) = FixedWarp.Column(slot.ToFrame, x);
        (int rowX, int rowY) = FixedWarp.Row(slot.ToFrame, y);
        int fixedX = FixedWarp.Coordinate(columnX, rowX), fixedY = FixedWarp.Coordinate(columnY, rowY);
        int left = fixedX >> FixedWarp.FractionBits, top = fixedY >> FixedWarp.FractionBits;
        int right = fixedX & (steps - 1), low = fixedY & (steps - 1);
        int blue = half, green = half, red = half;
        for (int i = 0; i < 4; i++)
        {
            int sx = left + (i & 1), sy = top + (i >> 1);
            if ((uint)sx >= (uint)slot.Width || (uint)sy >= (uint)slot.Height)
                continue;
            int weight = ((i & 1) != 0 ? right : steps - right) * ((i >> 1) != 0 ? low : steps - low);
            byte* pixel = (byte*)slot.Plane0 + ((long)sy * slot.Stride0) + (3L * sx);
            blue += pixel[0] * weight;
            green += pixel[1] * weight;
            red += pixel[2] * weight;
        }
        return ((blue >> shift) / 255f, (green >> shift) / 255f, (red >> shift) / 255f);
    }

    private static (float, float, float) Yuv(in CompositorSlot slot, int x, int y)
    {
        Affine map = slot.ToFrame;
        return YuvAt(slot, (float)((map.A * x) + ((map.B * y) + map.C)), (float)((map.D * x) + ((map.E * y) + map.F)));
    }

    private static (float, float, float) YuvAt(in CompositorSlot slot, float sx, float sy)
    {
        float inside = Coverage(sx, slot.Width) * Coverage(sy, slot.Height);
        if (!(inside > 0))
            return (0, 0, 0);
        var t = slot.Color;
        float luma = (Bilinear((byte*)slot.Plane0, slot.Stride0, 1, slot.Width, slot.Height, sx, sy) - t.LumaOffset) * t.LumaScale;
        float u = 0, v = 0;
        if (slot.Step1 != 0)
        {
            float cx = slot.ShiftX != 0 ? sx * 0.5f : sx, cy = slot.ShiftY != 0 ? (sy - 0.5f) * 0.5f : sy;
            int width = (slot.Width + slot.ShiftX) >> slot.ShiftX, height = (slot.Height + slot.ShiftY) >> slot.ShiftY;
            u = Bilinear((byte*)slot.Plane1, slot.Stride1, slot.Step1, width, height, cx, cy) - 128;
            v = Bilinear((byte*)slot.Plane2, slot.Stride1, slot.Step1, width, height, cx, cy) - 128;
        }
        return (Math.Clamp(luma + (t.BlueU * u), 0, 1) * inside,
            Math.Clamp(luma + (t.GreenU * u) + (t.GreenV * v), 0, 1) * inside,
            Math.Clamp(luma + (t.RedV * v), 0, 1) * inside);
    }

    // The part of a bilinear kernel at a position that lies within 0..size − 1.
    private static float Coverage(float position, int size)
    {
        float outside = Math.Max(-position, position - (size - 1));
        return outside <= 0 ? 1 : outside < 1 ? 1 - outside : 0;
    }

    private static float Bilinear(byte* plane, int stride, int step, int width, int height, float x, float y)
    {
        x = Math.Clamp(x, 0, width - 1);
        y = Math.Clamp(y, 0, height - 1);
        int x0 = (int)x, y0 = (int)y, right = x0 + 1 < width ? step : 0;
        float fx = x - x0, fy = y - y0;
        byte* upper = plane + ((long)y0 * stride) + ((long)x0 * step);
        byte* lower = y0 + 1 < height ? upper + stride : upper;
        float top = upper[0] + (fx * (upper[right] - upper[0]));
        float bottom = lower[0] + (fx * (lower[right] - lower[0]));
        return top + (fy * (bottom - top));
    }
}
