using System.Diagnostics;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline;
using FaceSwap.Pipeline.Train;

namespace FaceSwap.Cli.Bench;

/// <summary>The whole training workflow, from folders of JPEG faces, against its step alone: what reading faces, losses, history and progress cost.</summary>
internal static class TrainLoopBench
{
    private const int FaceSize = 256, FaceCount = 128, LeastIterations = 12;

    // The step's figure is taken before and after the loop and averaged: on a machine whose clock drifts one of them alone would mislead.
    public static void Run(IBackend backend, BenchOptions options, BenchResult result, Job job)
    {
        double step = TrainBench.IterationSeconds(backend, options with { Seconds = options.Seconds / 2 });
        // A slow device must still show enough iterations, four reports a second at most.
        double loop = LoopSeconds(backend, options with { Seconds = Math.Max(options.Seconds, Math.Max(2, LeastIterations * step)) }, job);
        step = (step + TrainBench.IterationSeconds(backend, options with { Seconds = options.Seconds / 2 })) / 2;
        result.Add("step_iterations_per_s", 1 / step);
        result.Add("loop_iterations_per_s", 1 / loop);
        result.Add("loop_fraction", step / loop);
    }

    private static double LoopSeconds(IBackend backend, BenchOptions options, Job job)
    {
        string folder = Directory.CreateTempSubdirectory("faceswap-bench-").FullName;
        try
        {
            string a = WriteFaces(Path.Combine(folder, "A"), 1), b = WriteFaces(Path.Combine(folder, "B"), 2);
            Pace pace = new(TimeSpan.FromSeconds(options.Seconds / 4));
            TrainOptions train = new()
            {
                InputA = a,
                InputB = b,
                ModelDirectory = Path.Combine(folder, "model"),
                Trainer = options.Model.Name,
                BatchSize = options.BatchSize,
                Precision = options.Precision,
                TimeLimit = TimeSpan.FromSeconds(options.Seconds * 1.25),
                SaveInterval = int.MaxValue,
            };
            new TrainWorkflow(train, backend).Run(pace, job.Cancellation);
            return pace.SecondsPerIteration;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Smooth colors with some noise: JPEG files of a size that faces have.
    private static string WriteFaces(string folder, int seed)
    {
        Directory.CreateDirectory(folder);
        Random random = new(seed);
        using PooledFrame face = FramePool.Shared.Rent(FaceSize, FaceSize, PixelFormat.Bgr24);
        for (int i = 0; i < FaceCount; i++)
        {
            double fx = random.NextDouble() * 0.05, fy = random.NextDouble() * 0.05, phase = random.NextDouble() * 6;
            for (int y = 0; y < FaceSize; y++)
            {
                Span<byte> row = face.Plane(0).RowSpan(y);
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(128 + (80 * Math.Sin((x * fx) + (y * fy) + phase + (x % 3))) + random.Next(-16, 17));
            }
            ImageFile.Write(Path.Combine(folder, $"face_{i:D4}.jpg"), face);
        }
        return folder;
    }

    /// <summary>Takes the pace from the reports between the end of a warm-up and the last one before the model is saved.</summary>
    private sealed class Pace(TimeSpan warmUp) : IProgress<WorkProgress>
    {
        private readonly Stopwatch clock = new();
        private (TimeSpan At, long Done)? first, last, previous;

        public double SecondsPerIteration => first is { } from && last is { } to && to.Done > from.Done
            ? (to.At - from.At).TotalSeconds / (to.Done - from.Done)
            : throw new InvalidOperationException("the training loop was too slow to be measured in the time given; give bench more --seconds");

        public void Report(WorkProgress value)
        {
            if (value.Unit != "iterations")
                return;
            clock.Start();
            // The very last report comes after the save.
            last = previous;
            previous = (clock.Elapsed, value.Done);
            if (clock.Elapsed >= warmUp)
                first ??= previous;
        }
    }
}
