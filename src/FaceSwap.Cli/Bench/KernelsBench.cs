using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Models;

namespace FaceSwap.Cli.Bench;

/// <summary>The ceilings of a backend's device, and those of our own kernels that move bytes, against the least that they must move.</summary>
internal static class KernelsBench
{
    private const int WarmUp = 3;

    // Adam reads parameter, gradient and both moments and writes all but the gradient: 7 numbers of 4 bytes a parameter.
    private const int AdamBytesPerParameter = 28;

    // Their rectangles are read and written in some 100 MB, twice the cache of the largest GPUs.
    private const int BlendFaces = 128;

    public static void Run(IBackend backend, BenchOptions options, BenchResult result)
    {
        double copy = Ceilings.Measure(backend, options.Precision).MemoryGigabytes * 1e9;
        result.Add("copy_gb_per_s", copy / 1e9);
        if (backend is CudaBackend cuda)
        {
            foreach (Precision precision in Enum.GetValues<Precision>().Where(cuda.Supports))
                result.Add($"matrix_{precision.ToString().ToLowerInvariant()}_tflops", CudaPeak.MatrixFlopsPerSecond(cuda, precision) / 1e12);
        }
        Adam(backend, options, copy, result);
        Blend(backend, options, copy, result);
    }

    // A face's blend is shorter than a kernel's start: many at once show what a face costs in a batch, one at a time what it costs alone.
    private static void Blend(IBackend backend, BenchOptions options, double copy, BenchResult result)
    {
        long room = backend.Memory.Free / 2 / BlendWork.BytesAFace;
        foreach ((string name, int faces) in new[] { ("blend", (int)Math.Clamp(room, 1, BlendFaces)), ("blend_alone", 1) })
        {
            using BlendWork? work = BlendWork.TryCreate(backend, faces);
            if (work is null)
                return;
            double seconds = Measure.Median(backend, work.RunFused, options.Seconds / 8, WarmUp, options.Cancellation);
            Floor(result, name, seconds / faces, (double)work.FloorBytes / faces, copy);
            double whole = Measure.Median(backend, work.Run, options.Seconds / 8, WarmUp, options.Cancellation);
            result.Add($"{name}_with_masks_us", whole / faces * 1e6);
            result.Add($"{name}_faces", faces);
        }
    }

    private static void Adam(IBackend backend, BenchOptions options, double copy, BenchResult result)
    {
        // One identity's autoencoder, as an update takes it.
        long count = options.Model.TensorsOf(Side.A).Sum(t => (long)t.Count);
        using DeviceBuffer parameters = Numbers(backend, count), gradients = Numbers(backend, count), m = Numbers(backend, count), v = Numbers(backend, count);
        using DeviceBuffer step = backend.Allocate(sizeof(long), "the step counter");
        backend.Upload([1L], step.Span<long>());
        OptimizerSpec numbers = OptimizerSpec.For(options.Model);
        using IAdam adam = backend.CreateAdam(new AdamSpec(count, numbers.LearningRate, numbers.Beta1, numbers.Beta2, numbers.Epsilon));
        double seconds = Measure.Median(backend, () => adam.Update(parameters.Span<float>(), gradients.Span<float>(), m.Span<float>(), v.Span<float>(),
            step.Span<long>()), options.Seconds / 4, WarmUp, options.Cancellation);
        Floor(result, "adam", seconds, count * (double)AdamBytesPerParameter, copy);
        result.Add("adam_parameters", count);
    }

    private static void Floor(BenchResult result, string name, double seconds, double bytes, double copy)
    {
        result.Add($"{name}_us", seconds * 1e6);
        result.Add($"{name}_bytes", bytes);
        if (copy <= 0)
            return;
        result.Add($"{name}_floor_us", bytes / copy * 1e6);
        result.Add($"{name}_over_floor", seconds * copy / bytes);
    }

    // Not zeros: they would hide what rounding and branches cost.
    private static DeviceBuffer Numbers(IBackend backend, long count)
    {
        DeviceBuffer buffer = backend.Allocate(count * sizeof(float), "benchmark parameters");
        float[] some = new float[Math.Min(count, 1 << 20)];
        Random random = new(1);
        for (int i = 0; i < some.Length; i++)
            some[i] = random.NextSingle() + 1e-3f;
        DeviceSpan<float> all = buffer.Span<float>();
        for (long at = 0; at < count; at += some.Length)
        {
            int length = (int)Math.Min(some.Length, count - at);
            backend.Upload<float>(some.AsSpan(0, length), all.Slice(at, length));
        }
        return buffer;
    }
}
