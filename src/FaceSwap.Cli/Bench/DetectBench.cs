using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Bench;

/// <summary>HOG detector and landmarks on one thread, on a 720×576 grey frame: the build chosen for this processor and the baseline
/// one. The frame is synthetic (the detector's work does not depend on the content); the landmarks are those of a fixed box.</summary>
internal static class DetectBench
{
    private const int Width = 720, Height = 576, WarmUp = 2;
    private const int Baseline = 0;

    public static void Run(BenchOptions options, BenchResult result)
    {
        using PooledFrame frame = Synthetic();
        (double best, double bestLandmarks) = Time(frame.Plane(0), VisionCode.Best, options);
        (double baseline, double baselineLandmarks) = Time(frame.Plane(0), Baseline, options);
        result.Add("detect_code", VisionCode.Name(VisionCode.Best) ?? "");
        result.Add("detect_ms", best * 1e3);
        result.Add("landmarks_ms", bestLandmarks * 1e3);
        result.Add("detect_baseline_ms", baseline * 1e3);
        result.Add("landmarks_baseline_ms", baselineLandmarks * 1e3);
        result.Add("detect_and_landmarks_ms", (best + bestLandmarks) * 1e3);
    }

    private static (double Detect, double Landmarks) Time(PlaneView gray, int build, BenchOptions options)
    {
        using FaceDetector detector = new(build);
        using LandmarkModel model = LandmarkModel.Load(build: build);
        Point2[] points = new Point2[LandmarkModel.PointCount];
        RectI box = new(240, 160, 240, 240);
        double seconds = options.Seconds / 4;
        return (Measure.Median(() => detector.Detect(gray), seconds, WarmUp, options.Cancellation),
            Measure.Median(() => model.Predict(gray, box, points), seconds, WarmUp, options.Cancellation));
    }

    // Smooth waves with some noise: gradients in every direction, as in a photograph.
    private static PooledFrame Synthetic()
    {
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, PixelFormat.Gray8);
        PlaneView plane = frame.Plane(0);
        Random random = new(1);
        for (int y = 0; y < Height; y++)
        {
            Span<byte> row = plane.RowSpan(y);
            for (int x = 0; x < Width; x++)
                row[x] = (byte)(128 + (60 * Math.Sin(x * 0.05 + y * 0.02)) + (40 * Math.Cos(y * 0.07)) + random.Next(-12, 13));
        }
        return frame;
    }
}
