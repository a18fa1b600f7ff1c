using FaceSwap.Core.Frames;

namespace FaceSwap.Vision.Tests;

/// <summary>A plain double-precision conversion from BGR to every YUV layout, written from the definitions, to test the samplers against.</summary>
internal static class YuvFrames
{
    public static (double Kr, double Kb) Weights(ColorMatrix matrix) => matrix switch
    {
        ColorMatrix.Bt709 => (0.2126, 0.0722),
        ColorMatrix.Bt2020 => (0.2627, 0.0593),
        _ => (0.299, 0.114),
    };

    public static (double Y, double U, double V) ToYuv(double b, double g, double r, ColorMatrix matrix, ColorRange range)
    {
        (double kr, double kb) = Weights(matrix);
        double luma = (kr * r) + ((1 - kr - kb) * g) + (kb * b);
        double u = (b - luma) / (2 * (1 - kb)), v = (r - luma) / (2 * (1 - kr));
        return range == ColorRange.Full ? (luma * 255, 128 + (u * 255), 128 + (v * 255)) : (16 + (219 * luma), 128 + (224 * u), 128 + (224 * v));
    }

    /// <summary>The samples of a format: Y, U and V of its depth, or G, B and R.</summary>
    public static (double Y, double U, double V) ToSamples(double b, double g, double r, PixelFormat format, ColorMatrix matrix, ColorRange range)
    {
        int most = (1 << format.Depth) - 1, unit = 1 << (format.Depth - 8);
        if (format.IsRgb)
            return (g * most, b * most, r * most);
        (double y, double u, double v) = ToYuv(b, g, r, matrix, range);
        return range == ColorRange.Limited
            ? (y * unit, u * unit, v * unit)
            : (y * most / 255, (128 * unit) + ((u - 128) * most / 255), (128 * unit) + ((v - 128) * most / 255));
    }

    public static (double B, double G, double R) ToBgr(double y, double u, double v, ColorMatrix matrix, ColorRange range)
    {
        (double kr, double kb) = Weights(matrix);
        double luma = range == ColorRange.Full ? y / 255 : (y - 16) / 219;
        double cu = (u - 128) / (range == ColorRange.Full ? 255 : 224), cv = (v - 128) / (range == ColorRange.Full ? 255 : 224);
        double b = luma + (2 * (1 - kb) * cu), r = luma + (2 * (1 - kr) * cv);
        return (b, (luma - (kr * r) - (kb * b)) / (1 - kr - kb), r);
    }

    /// <summary>A frame of a layout from a function of the position (in luma pixels) to B, G, R in 0..1.</summary>
    public static PooledFrame Make(int width, int height, PixelFormat format, ColorMatrix matrix, ColorRange range,
        Func<double, double, (double B, double G, double R)> color)
    {
        PooledFrame frame = FramePool.Shared.Rent(width, height, format);
        frame.Matrix = matrix;
        frame.Range = range;
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            PlaneView view = frame.Plane(plane);
            for (int y = 0; y < view.Height; y++)
            {
                for (int x = 0; x < view.Width; x++)
                    Write(view.RowSpan(y)[(x * view.PixelStride)..], plane, x, y, format, (px, py) =>
                    {
                        (double b, double g, double r) = color(px, py);
                        return ToSamples(b, g, r, format, matrix, range);
                    });
            }
        }
        return frame;
    }

    private static void Write(Span<byte> at, int plane, int x, int y, PixelFormat format, Func<double, double, (double Y, double U, double V)> yuv)
    {
        int depth = format.Depth;
        if (plane == 3)
        {
            Put(at, Alpha(x, y, depth), depth);
            return;
        }
        (int across, int down) = plane == 0 ? default : format.ChromaShift;
        (double first, double u, double v) = yuv(x << across, (y << down) + (down * 0.5));
        if (format == PixelFormat.Nv12 && plane == 1)
            (at[0], at[1]) = (Round(u), Round(v));
        else
            Put(at, plane == 0 ? first : plane == 1 ? u : v, depth);
    }

    /// <summary>What the plane of alpha has at a place.</summary>
    public static int Alpha(int x, int y, int depth) => ((x * 7) + (y * 13)) & ((1 << depth) - 1);

    /// <summary>A plane's samples as numbers, row after row.</summary>
    public static int[] Numbers(Frame frame, int plane)
    {
        List<int> samples = [];
        for (int y = 0; y < frame.Plane(plane).Height; y++)
        {
            Span<byte> row = frame.Plane(plane).RowSpan(y);
            for (int i = 0; i < row.Length; i += frame.Format.SampleBytes)
                samples.Add(frame.Format.SampleBytes == 1 ? row[i] : BitConverter.ToUInt16(row[i..]));
        }
        return [.. samples];
    }

    private static void Put(Span<byte> at, double value, int depth)
    {
        int rounded = (int)Math.Clamp(Math.Round(value), 0, (1 << depth) - 1);
        if (depth == 8)
            at[0] = (byte)rounded;
        else
            BitConverter.TryWriteBytes(at, (ushort)rounded);
    }

    private static byte Round(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
