using FaceSwap.Compute;
using FaceSwap.Models;

namespace FaceSwap.Cli.Bench;

/// <summary>Whole training iterations (samples, forward, loss, backward, Adam, for both identities) on random faces.</summary>
internal static class TrainBench
{
    private const int FaceSize = 256;
    private const int WarmUp = 3;

    /// <returns>GFLOP/s reached.</returns>
    public static double Run(IBackend backend, BenchOptions options, BenchResult result)
    {
        double seconds = IterationSeconds(backend, options);
        ModelDefinition model = options.Model;
        double flops = (model.UpdateFlops(Side.A) + model.UpdateFlops(Side.B)) * (double)options.BatchSize;
        result.Add("train_iteration_s", seconds);
        result.Add("train_iterations_per_s", 1 / seconds);
        result.Add("train_tflop_per_iteration", flops / 1e12);
        result.Add("train_gflops", flops / seconds / 1e9);
        return flops / seconds / 1e9;
    }

    /// <summary>Median seconds of an iteration.</summary>
    public static double IterationSeconds(IBackend backend, BenchOptions options)
    {
        ModelDefinition model = options.Model;
        int faceCount = Math.Max(64, options.BatchSize);
        using DeviceBuffer facesA = RandomFaces(backend, faceCount, 1);
        using DeviceBuffer facesB = RandomFaces(backend, faceCount, 2);
        AugmentSpec Spec(int side) => new(options.BatchSize, faceCount, FaceSize, model.InputSize, 160, 5, 10, 0.05f, 0.05f, 0.4f, 1, side,
            options.Precision.ActivationType());
        using TrainingPlan plan = new(backend, model, options.BatchSize, options.Precision, OptimizerSpec.For(model),
            new TrainingFaces(facesA.Span<byte>(), Spec(0)), new TrainingFaces(facesB.Span<byte>(), Spec(1)));
        plan.Load(ModelWeights.Initialize(model, 1));
        return Measure.Median(backend, plan.RunIteration, options.Seconds, WarmUp, options.Cancellation);
    }

    private static DeviceBuffer RandomFaces(IBackend backend, int count, int seed)
    {
        byte[] pixels = new byte[count * FaceSize * FaceSize * 3];
        new Random(seed).NextBytes(pixels);
        DeviceBuffer faces = backend.Allocate(pixels.Length, "benchmark faces");
        backend.Upload<byte>(pixels, faces.Span<byte>());
        return faces;
    }
}
