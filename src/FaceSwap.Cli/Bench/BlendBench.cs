using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Bench;

/// <summary>
/// Putting one face back into a 1920×1080 YUV 4:2:0 frame on one thread, in each way that <c>convert</c> has: a face whose aligned square is 256 pixels wide, from
/// a network of 128. Frame and face are synthetic; no step's work depends on the content.
/// </summary>
internal static class BlendBench
{
    private const int Width = 1920, Height = 1080, FaceSize = 256, Side = 128, WarmUp = 100; // the compiler's second look comes after 30 calls

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
        using PooledFrame frame = Synthetic();
        Point2[] landmarks = Landmarks();
        RectI box = new(832, 412, FaceSize, FaceSize);
        Affine crop = FaceAlignment.ForExtraction(landmarks);
        double seconds = options.Seconds / (Ways.Length + 2);
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

    // A face of the mean shape with a jaw, level, in the middle of the frame.
    private static Point2[] Landmarks()
    {
        List<Point2> points = [];
        for (int i = 0; i < MeanFace.FirstLandmark; i++)
        {
            double angle = Math.PI * i / (MeanFace.FirstLandmark - 1);
            points.Add(new Point2(0.5 - (0.62 * Math.Cos(angle)), 0.25 + (0.95 * Math.Sin(angle))));
        }
        points.AddRange(MeanFace.Points);
        return [.. points.Select(p => new Point2(Math.Round(832 + (FaceSize * p.X)), Math.Round(412 + (FaceSize * p.Y))))];
    }

    private static PooledFrame Synthetic()
    {
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, PixelFormat.Yuv420P);
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
