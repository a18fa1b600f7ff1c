using FaceSwap.Core.Geometry;

namespace FaceSwap.Core.Frames;

/// <summary>A frame of any format as RGB in 0..255, less a mean, times a factor, fp32. Chroma is taken from the sample that covers the pixel.</summary>
public static unsafe class RgbRows
{
    /// <summary>Writes a part of the frame.</summary>
    /// <param name="frame">The frame, only read.</param>
    /// <param name="part">The part; it lies within the frame.</param>
    /// <param name="mean">Subtracted.</param>
    /// <param name="scale">Factor after that.</param>
    /// <param name="target">First pixel of the first row.</param>
    /// <param name="stride">Floats from row to row.</param>
    public static void Write(Frame frame, RectI part, (float Red, float Green, float Blue) mean, float scale, float* target, long stride)
    {
        if (part.X < 0 || part.Y < 0 || part.Right > frame.Width || part.Bottom > frame.Height)
            throw new ArgumentException($"{part} is not within a frame of {frame.Width}×{frame.Height}", nameof(part));
        for (int y = part.Y; y < part.Bottom; y++, target += stride)
        {
            if (frame.Format == PixelFormat.Bgr24)
                Bgr(frame.Plane(0).Row(y) + (3 * part.X), part.Width, mean, scale, target);
            else if (frame.Format == PixelFormat.Gray8)
                Gray(frame.Plane(0).Row(y) + part.X, part.Width, mean, scale, target);
            else
                Yuv(frame, y, part.X, part.Width, mean, scale, target);
        }
    }

    private static void Bgr(byte* from, int width, (float Red, float Green, float Blue) mean, float scale, float* to)
    {
        for (int x = 0; x < width; x++, from += 3, to += 3)
        {
            to[0] = (from[2] - mean.Red) * scale;
            to[1] = (from[1] - mean.Green) * scale;
            to[2] = (from[0] - mean.Blue) * scale;
        }
    }

    private static void Gray(byte* from, int width, (float Red, float Green, float Blue) mean, float scale, float* to)
    {
        for (int x = 0; x < width; x++, to += 3)
            (to[0], to[1], to[2]) = ((from[x] - mean.Red) * scale, (from[x] - mean.Green) * scale, (from[x] - mean.Blue) * scale);
    }

    private static void Yuv(Frame frame, int y, int first, int width, (float Red, float Green, float Blue) mean, float scale, float* to)
    {
        const float full = 255;
        var transform = new YuvTransform(frame.Matrix, frame.Range);
        bool interleaved = frame.Format == PixelFormat.Nv12;
        PlaneView u = frame.Plane(1), v = interleaved ? u : frame.Plane(2);
        int down = frame.Format is PixelFormat.Yuv420P or PixelFormat.Nv12 ? 1 : 0, across = frame.Format == PixelFormat.Yuv444P ? 0 : 1;
        int step = interleaved ? 2 : 1;
        byte* luma = frame.Plane(0).Row(y), blue = u.Row(y >> down), red = v.Row(y >> down) + (interleaved ? 1 : 0);
        float redV = transform.RedV, greenU = transform.GreenU, greenV = transform.GreenV, blueU = transform.BlueU;
        for (int x = first; x < first + width; x++, to += 3)
        {
            float light = (luma[x] - transform.LumaOffset) * transform.LumaScale;
            float cb = blue[(x >> across) * step] - 128, cr = red[(x >> across) * step] - 128;
            to[0] = ((Math.Clamp(light + (redV * cr), 0, 1) * full) - mean.Red) * scale;
            to[1] = ((Math.Clamp(light + (greenU * cb) + (greenV * cr), 0, 1) * full) - mean.Green) * scale;
            to[2] = ((Math.Clamp(light + (blueU * cb), 0, 1) * full) - mean.Blue) * scale;
        }
    }
}
