using FaceSwap.Compute.Cpu;
using FaceSwap.Core.Frames;
using FaceSwap.Models;
using FaceSwap.Pipeline.Weights;

namespace FaceSwap.Cli.Bench;

/// <summary>dlib's max-margin face detector on our engine: a synthetic frame of 500×375 pixels (its work does not depend on the content), on one thread of the
/// processor and on the chosen device.</summary>
internal static class CnnBench
{
    private const int Width = 500, Height = 375, WarmUp = 2;

    public static void Run(BenchOptions options, Func<Compute.IBackend> open, string weights, BenchResult result)
    {
        using PooledFrame frame = Synthetic();
        MmodWeights network = MmodWeights.Load(weights);
        using CpuBackend one = new(threads: 1);
        using Compute.IBackend all = open();
        result.Add("cnn_one_thread_ms", Time(one, network, frame, options) * 1e3);
        result.Add("cnn_ms", Time(all, network, frame, options) * 1e3);
    }

    private static double Time(Compute.IBackend backend, MmodWeights weights, Frame frame, BenchOptions options)
    {
        using MmodNetwork network = new(backend, weights);
        return Measure.Median(() => network.Detect(frame), options.Seconds / 4, WarmUp, options.Cancellation);
    }

    private static PooledFrame Synthetic()
    {
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, PixelFormat.Bgr24);
        PlaneView plane = frame.Plane(0);
        Random random = new(1);
        for (int y = 0; y < Height; y++)
            random.NextBytes(plane.RowSpan(y));
        return frame;
    }
}
