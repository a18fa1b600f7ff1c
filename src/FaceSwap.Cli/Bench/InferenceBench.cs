using FaceSwap.Compute;
using FaceSwap.Models;

namespace FaceSwap.Cli.Bench;

/// <summary>One identity's autoencoder on random images: the network alone, its images in the backend's memory, and from host memory to host memory.</summary>
internal static class InferenceBench
{
    private const int WarmUp = 5;

    /// <returns>GFLOP/s reached.</returns>
    public static double Run(IBackend backend, BenchOptions options, BenchResult result)
    {
        using InferencePlan plan = new(backend, ModelWeights.Initialize(options.Model, 1), Side.B, options.BatchSize, options.InferencePrecision);
        float[] input = new float[options.BatchSize * options.Model.ImageCount];
        float[] output = new float[input.Length];
        Random random = new(1);
        for (int i = 0; i < input.Length; i++)
            input[i] = random.NextSingle();
        double whole = Measure.Median(() => plan.Run(input, output), options.Seconds / 2, WarmUp, options.Cancellation);
        double seconds = Measure.Median(backend, plan.Enqueue, options.Seconds, WarmUp, options.Cancellation);
        double gflops = options.Model.InferenceFlops(Side.B) * (double)options.BatchSize / seconds / 1e9;
        result.Add("inference_faces_per_s", options.BatchSize / seconds);
        result.Add("inference_ms_per_face", seconds * 1e3 / options.BatchSize);
        result.Add("inference_with_copies_faces_per_s", options.BatchSize / whole);
        result.Add("inference_gflops", gflops);
        return gflops;
    }
}
