using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Models;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Cli.Bench;

/// <summary>A whole conversion of a video: decode, detect, network with fresh weights (as costly as a trained one), blend, encode.</summary>
internal static class ConvertBench
{
    private const int FaceSize = 256;

    public static void Run(IBackend backend, BenchOptions options, BenchResult result, Job job)
    {
        string folder = Directory.CreateTempSubdirectory("faceswap-bench-").FullName;
        try
        {
            string model = Path.Combine(folder, "model");
            SaveFreshModel(backend, options, model);
            bool measurable = ResetPeakMemory();
            ConvertOptions convert = new()
            {
                Input = options.Input!,
                Output = Path.Combine(folder, "converted.mp4"),
                ModelDirectory = model,
                Detect = true,
                Precision = options.Precision,
            };
            ConvertSummary done = job.Run((progress, cancellation) => new ConvertWorkflow(convert, backend).Run(progress, cancellation));
            result.Add("convert_frames", done.Frames);
            result.Add("convert_faces", done.FacesConverted);
            result.Add("frames_per_s", done.Frames / done.Elapsed.TotalSeconds);
            if (done.UploadedBytes > 0)
            {
                result.Add("uploaded_bytes_per_face", (double)done.UploadedBytes / Math.Max(1, done.FacesConverted));
                result.Add("downloaded_bytes_per_face", (double)done.DownloadedBytes / Math.Max(1, done.FacesConverted));
            }
            if (measurable && PeakMemory() is double mebibytes)
                result.Add("peak_rss_mib", mebibytes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void SaveFreshModel(IBackend backend, BenchOptions options, string folder)
    {
        using FaceSet a = new(backend, 1, FaceSize, "A"), b = new(backend, 1, FaceSize, "B"); // black faces: only their number matters
        TrainingSettings settings = new(1, Precision.Fp32, options.Model.LearningRate, 1);
        using TrainingSession session = new(backend, options.Model, settings, a, b);
        using CheckpointFolder checkpoint = CheckpointFolder.Reserve(folder);
        session.Save(checkpoint);
    }

    // Linux forgets the high-water mark when told so, so that making the model does not count.
    private static bool ResetPeakMemory()
    {
        try
        {
            GC.Collect();
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // The process's high-water mark of resident memory, from Linux; unknown elsewhere.
    private static double? PeakMemory()
    {
        const string Status = "/proc/self/status", Field = "VmHWM:";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
        return line is null ? null : long.Parse(line[Field.Length..].Replace("kB", "").Trim()) / 1024.0;
    }
}
