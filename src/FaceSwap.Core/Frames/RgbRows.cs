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
            else if (frame.Format.SampleBytes == 1)
                Planes<byte>(frame, y, part.X, part.Width, mean, scale, target);
            else
                Planes<ushort>(frame, y, part.X, part.Width, mean, scale, target);
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

    private static void Planes<T>(Frame frame, int y, int first, int width, (float Red, float Green, float Blue) mean, float scale, float* to) where T : unmanaged
    {
        const float full = 255;
        PixelFormat format = frame.Format;
        YuvTransform transform = YuvTransform.Of(frame);
        bool interleaved = format == PixelFormat.Nv12, rgb = format.IsRgb, gray = format.Layout == PixelFormat.Gray8;
        PlaneView u = frame.Plane(gray ? 0 : 1), v = frame.Plane(gray ? 0 : interleaved ? 1 : 2);
        (int across, int down) = format.ChromaShift;
        int step = interleaved ? 2 : 1;
        T* luma = (T*)frame.Plane(0).Row(y), blue = (T*)u.Row(y >> down), red = (T*)v.Row(y >> down) + (interleaved ? 1 : 0);
        float redV = transform.RedV, greenU = transform.GreenU, greenV = transform.GreenV, blueU = transform.BlueU, middle = transform.ChromaMiddle;
        for (int x = first; x < first + width; x++, to += 3)
        {
            float light = (Sample.Value(luma[x]) - transform.LumaOffset) * transform.LumaScale;
            if (rgb)
            {
                to[0] = ((Sample.Value(red[x]) * transform.LumaScale * full) - mean.Red) * scale;
                to[1] = ((light * full) - mean.Green) * scale;
                to[2] = ((Sample.Value(blue[x]) * transform.LumaScale * full) - mean.Blue) * scale;
                continue;
            }
            float cb = gray ? 0 : Sample.Value(blue[(x >> across) * step]) - middle, cr = gray ? 0 : Sample.Value(red[(x >> across) * step]) - middle;
            to[0] = ((Math.Clamp(light + (redV * cr), 0, 1) * full) - mean.Red) * scale;
            to[1] = ((Math.Clamp(light + (greenU * cb) + (greenV * cr), 0, 1) * full) - mean.Green) * scale;
            to[2] = ((Math.Clamp(light + (blueU * cb), 0, 1) * full) - mean.Blue) * scale;
        }
    }
}
