using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Bench;

/// <summary>
/// Putting one face back on one thread. First as the classic full-frame blend is measured: 1280×960, a mask of 281 pixels, a network of 64. Then into a 1920×1080
/// YUV 4:2:0 frame in each way that <c>convert</c> has: a face whose aligned square is 256 pixels wide, from a network of 128. Frame and face are synthetic; no step's
/// work depends on the content.
/// </summary>
internal static class BlendBench
{
    private const int Width = 1920, Height = 1080, FaceSize = 256, Side = 128;
    private const int ClassicWidth = 1280, ClassicHeight = 960, ClassicFace = 281, ClassicSide = 64;
    private const int WarmUp = 100; // the compiler's second look comes after 30 calls

    private static readonly (string Name, MaskedOptions Options)[] Ways =
    [
        ("masked", new MaskedOptions { Side = Side }),
        ("histogram", new MaskedOptions { Side = Side, Color = ColorAdjust.Histogram }),
        ("reinhard", new MaskedOptions { Side = Side, Color = ColorAdjust.Reinhard }),
        ("average", new MaskedOptions { Side = Side, Color = ColorAdjust.Average }),
        ("bsharpen", new MaskedOptions { Side = Side, Sharpen = Sharpening.Box }),
        ("gsharpen", new MaskedOptions { Side = Side, Sharpen = Sharpening.Gaussian }),
        ("seamless", new MaskedOptions { Side = Side, SeamlessClone = true }),
        ("erosion_10", new MaskedOptions { Side = Side, ErosionSize = 10 }),
    ];

    public static void Run(BenchOptions options, BenchResult result)
    {
        double seconds = options.Seconds / (Ways.Length + 3);
        Classic(options, seconds, result);
        using PooledFrame frame = Synthetic(Width, Height);
        RectI box = new((Width - FaceSize) / 2, (Height - FaceSize) / 2, FaceSize, FaceSize);
        Point2[] landmarks = Landmarks(box);
        Affine crop = FaceAlignment.ForExtraction(landmarks);
        foreach ((string name, MaskedOptions way) in Ways)
        {
            MaskedConverter converter = new(way);
            float[] face = new float[converter.FaceLength];
            converter.Crop(frame, landmarks, face);
            result.Add($"blend_{name}_ms", 1e3 * Measure.Best(() => converter.Paste(frame, landmarks, face), seconds, WarmUp, options.Cancellation));
        }
        AdjustConverter adjust = new(new AdjustOptions { Side = Side });
        float[] output = new float[adjust.FaceLength];
        adjust.Crop(frame, landmarks, box, output);
        result.Add("blend_adjust_ms", 1e3 * Measure.Best(() => adjust.Paste(frame, landmarks, box, output), seconds, WarmUp, options.Cancellation));
        using PooledFrame extracted = FaceCrop.Extract(frame, crop, FaceAlignment.ExtractSide);
        result.Add("focus_measure_ms", 1e3 * Measure.Best(() => FocusMeasure.Of(extracted, landmarks, crop), seconds, WarmUp, options.Cancellation));
    }

    private static void Classic(BenchOptions options, double seconds, BenchResult result)
    {
        using PooledFrame frame = Synthetic(ClassicWidth, ClassicHeight);
        RectI box = new((ClassicWidth - ClassicFace) / 2, (ClassicHeight - ClassicFace) / 2, ClassicFace, ClassicFace);
        Point2[] landmarks = Landmarks(box);
        MaskedConverter converter = new(new MaskedOptions { Side = ClassicSide });
        float[] face = new float[converter.FaceLength];
        converter.Crop(frame, landmarks, face);
        result.Add("blend_1280x960_ms", 1e3 * Measure.Best(() => converter.Paste(frame, landmarks, face), seconds, WarmUp, options.Cancellation));
        result.Add("crop_1280x960_ms", 1e3 * Measure.Best(() => converter.Crop(frame, landmarks, face), seconds / 2, WarmUp, options.Cancellation));
    }

    // A face of the mean shape with a jaw, level, that fills the box.
    private static Point2[] Landmarks(RectI box)
    {
        List<Point2> points = [];
        for (int i = 0; i < MeanFace.FirstLandmark; i++)
        {
            double angle = Math.PI * i / (MeanFace.FirstLandmark - 1);
            points.Add(new Point2(0.5 - (0.62 * Math.Cos(angle)), 0.25 + (0.95 * Math.Sin(angle))));
        }
        points.AddRange(MeanFace.Points);
        return [.. points.Select(p => new Point2(Math.Round(box.X + (box.Width * p.X)), Math.Round(box.Y + (box.Height * p.Y))))];
    }

    private static PooledFrame Synthetic(int width, int height)
    {
        PooledFrame frame = FramePool.Shared.Rent(width, height, PixelFormat.Yuv420P);
        Random random = new(1);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            PlaneView view = frame.Plane(plane);
            for (int y = 0; y < view.Height; y++)
            {
                Span<byte> row = view.RowSpan(y);
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(128 + (30 * Math.Sin((x * 0.05) + (y * 0.02))) + random.Next(-8, 9));
            }
        }
        return frame;
    }
}
