using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Models;
using FaceSwap.Pipeline;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Cli.Bench;

/// <summary>A conversion of a video, whole (decode, faces, network with fresh weights, as costly as a trained one, blend, encode) and without network and codecs.</summary>
internal static class ConvertBench
{
    private const int FaceSize = 256, Batch = 16;
    private const long HeldBytes = 256L << 20;

    /// <summary>The whole.</summary>
    public static void Run(IBackend backend, BenchOptions options, BenchResult result, Job job)
    {
        string folder = Directory.CreateTempSubdirectory("faceswap-bench-").FullName;
        try
        {
            string model = options.ModelDirectory ?? Path.Combine(folder, "model");
            if (!Directory.Exists(model))
                SaveFreshModel(backend, options, model);
            ConvertOptions convert = new()
            {
                Input = options.Input!,
                Output = Path.Combine(folder, "converted.mp4"),
                ModelDirectory = model,
                Detect = true,
                Precision = options.InferencePrecision,
            };
            using ProcessUsage usage = new();
            ConvertSummary done = job.Run((progress, cancellation) => new ConvertWorkflow(convert, backend).Run(progress, cancellation));
            result.Add("convert_frames", done.Frames);
            result.Add("convert_faces", done.FacesConverted);
            result.Add("frames_per_s", done.Frames / done.Elapsed.TotalSeconds);
            if (done.FacesConverted == 0)
                result.Add("pass_through_frames_per_s", done.Frames / done.Elapsed.TotalSeconds);
            if (done.UploadedBytes > 0)
            {
                result.Add("uploaded_bytes_per_face", (double)done.UploadedBytes / Math.Max(1, done.FacesConverted));
                result.Add("downloaded_bytes_per_face", (double)done.DownloadedBytes / Math.Max(1, done.FacesConverted));
            }
            StageNumbers.Add(result, "convert", "the whole conversion, by stage:", done);
            usage.AddTo(result);
            if (Backends.IsCuda(backend))
                OnDevice(backend, convert, result, job);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Where decoder, network and blend are the GPU's: how near the whole comes to its slowest stage, with a fast encoder on the processor and with none.
    private static void OnDevice(IBackend backend, ConvertOptions convert, BenchResult result, Job job)
    {
        convert = convert with { Preset = "veryfast", SegmentFrames = 0, Provenance = false };
        foreach ((string name, ConvertOptions how) in (ReadOnlySpan<(string, ConvertOptions)>)[("veryfast", convert), ("no_encoder", convert with { Sink = static _ => new NoFrames() })])
        {
            List<string> notes = [];
            ConvertSummary done = job.Run((progress, cancellation) => new ConvertWorkflow(how, backend, notes.Add, notes.Add).Run(progress, cancellation));
            // The stage that is never idle is the one that the others wait for. The pipeline's own time, without the start.
            StageReport slowest = done.Stages.MaxBy(static s => s.Busy)!;
            result.Add($"{name}_frames_per_s", slowest.FramesPerSecond * slowest.Busy);
            result.Add($"{name}_slowest_stage_frames_per_s", slowest.FramesPerSecond);
            result.Add($"{name}_whole_over_slowest", slowest.Busy);
            result.Add($"{name}_decoded_on_device", notes.Exists(static n => n.Contains("is decoded on the processor", StringComparison.Ordinal)) ? 0 : 1);
            StageNumbers.Add(result, name, name == "veryfast" ? "with libx264 veryfast:" : "without an encoder:", done);
        }
    }

    /// <summary>Everything but the network and the codecs: frames from memory, a network that gives back what it gets, and no encoder.</summary>
    public static void RunRest(BenchOptions options, BenchResult result)
    {
        // Compiled code and pools first.
        Rest(options, TimeSpan.FromSeconds(options.Seconds / 4), out _);
        ConvertSummary done = Rest(options, TimeSpan.FromSeconds(options.Seconds), out int held);
        result.Add("rest_frames", done.Frames);
        result.Add("rest_frames_held", held);
        result.Add("rest_faces", done.FacesConverted);
        result.Add("rest_frames_per_s", done.Frames / done.Elapsed.TotalSeconds);
        StageNumbers.Add(result, "rest", "without the network and the codecs, by stage:", done);
    }

    private static ConvertSummary Rest(BenchOptions options, TimeSpan time, out int held)
    {
        using MemoryFrames source = new(options.Input!, HeldBytes, time, options.Cancellation);
        using NoFrames sink = new();
        ConvertSummary done = ConvertProbe.Run(source, sink, options.Model.InputSize, Batch, options.Cancellation);
        held = source.Held;
        return done;
    }

    private static void SaveFreshModel(IBackend backend, BenchOptions options, string folder)
    {
        using FaceSet a = new(backend, 1, FaceSize, "A"), b = new(backend, 1, FaceSize, "B"); // black faces: only their number matters
        TrainingSettings settings = new(1, Precision.Fp32, options.Model.LearningRate, 1);
        using TrainingSession session = new(backend, options.Model, settings, a, b);
        using CheckpointFolder checkpoint = CheckpointFolder.Reserve(folder);
        session.Save(checkpoint);
    }
}
