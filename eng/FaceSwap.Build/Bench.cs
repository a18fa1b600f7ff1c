using System.Globalization;
using System.Text.Json.Nodes;

namespace FaceSwap.Build;

/// <summary>Measures this build and PyTorch on this machine, one after the other, and writes <c>out/bench/report.md</c> with the ratios.</summary>
public sealed class Bench(Layout layout)
{
    private const string LandmarkModel = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";
    private readonly string folder = layout.At("out", "bench");
    private readonly Programs programs = new(layout);

    /// <summary>Runs everything; some twelve minutes on two cores.</summary>
    public void Run()
    {
        Directory.CreateDirectory(folder);
        BenchReport report = new();
        JsonNode torch = Torch("original", 16, 20), torchOne = Torch("original", 1, 6);
        report.Facts.Add(("processor", Ours("--only", "inference", "--batch-size", "1", "--seconds", "1")!["processor"]!.ToString()));
        report.Facts.Add(("reference", torch["reference"]!.ToString() + ", Debian's python3-torch, all cores"));
        Training(report, torch);
        Inference(report, torch, torchOne);
        Detection(report);
        Network(report);
        Conversion(report);
        new ConvertBench(layout).AddTo(report);
        string path = Path.Combine(folder, "report.md");
        File.WriteAllText(path, report.ToMarkdown());
        Console.WriteLine(report.ToMarkdown());
        Console.WriteLine($"bench: written to {Path.GetRelativePath(layout.Root, path)}");
    }

    private void Training(BenchReport report, JsonNode torch)
    {
        double reference = Number(torch, "train_iterations_per_s");
        foreach ((string precision, double target) in new[] { ("fp32", 2.5), ("bf16", 4.0) })
        {
            JsonNode? ours = Ours("--only", "train", "--trainer", "Original", "--batch-size", "16", "--precision", precision, "--seconds", "20");
            if (ours is null)
            {
                report.Notes.Add($"training in {precision}: not on this processor");
                continue;
            }
            report.Add($"training Original, batch 16, {precision}", Number(ours, "train_iterations_per_s"), "iterations/s", reference, target);
            report.AddPart($"of the fp32 FMA peak ({Number(ours, "peak_gflops"):0} GFLOP/s measured in the same run), training {precision}",
                Number(ours, "train_peak_fraction"), precision == "fp32" ? 0.65 : null);
        }
    }

    private void Inference(BenchReport report, JsonNode torch, JsonNode torchOne)
    {
        (int Batch, string Precision, JsonNode Reference, double Target)[] cases =
            [(16, "fp32", torch, 2), (16, "bf16", torch, 3.5), (1, "fp32", torchOne, 4), (1, "bf16", torchOne, 4)];
        foreach ((int batch, string precision, JsonNode reference, double target) in cases)
        {
            JsonNode? ours = Ours("--only", "inference", "--trainer", "Original", "--batch-size", Text(batch), "--precision", precision, "--seconds", "8");
            if (ours is null)
                report.Notes.Add($"inference in {precision}: not on this processor");
            else
                report.Add($"inference Original, batch {batch}, {precision}", Number(ours, "inference_faces_per_s"), "faces/s", Number(reference, "inference_faces_per_s"), target);
        }
    }

    private void Detection(BenchReport report)
    {
        string program = Path.Combine(folder, "dlib_detect");
        Shell.Require("g++", ["-O2", "-std=c++17", layout.At("benchmarks", "dlib_detect.cpp"), "-ldlib", "-llapack", "-lblas", "-o", program], layout.Root);
        (int code, string output, string error) = Shell.Capture(program, [LandmarkModel, "4"], layout.Root);
        if (code != 0)
            throw new BuildException($"dlib's reference failed: {error.Trim()}");
        JsonNode dlib = JsonNode.Parse(output)!, ours = Ours("--only", "detect", "--seconds", "8")!;
        double here = Number(ours, "detect_ms") + Number(ours, "landmarks_ms"), there = Number(dlib, "detect_ms") + Number(dlib, "landmarks_ms");
        report.AddTime($"HOG detection on 720×576 grey ({ours["detect_code"]}), reference dlib -O2", Number(ours, "detect_ms"), Number(dlib, "detect_ms"), null);
        report.AddTime("landmarks of one face, reference dlib -O2", Number(ours, "landmarks_ms"), Number(dlib, "landmarks_ms"), null);
        report.AddTime("both, reference dlib -O2", here, there, 0.6);
    }

    private void Network(BenchReport report)
    {
        const int width = 500, height = 375;
        const string name = "mmod_human_face_detector.dat";
        string[] folders = [layout.At("..", "shared", "models"), Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "faceswap", "models")];
        string? weights = folders.SelectMany(f => new[] { Path.Combine(f, name), Path.Combine(f, name + ".bz2") }).FirstOrDefault(File.Exists);
        if (weights is null)
        {
            report.Notes.Add($"dlib's CNN detector: {name} is not here; faceswap models get detector");
            return;
        }
        string plain = Path.Combine(folder, name), frame = Path.Combine(folder, "frame.rgb");
        if (weights.EndsWith(".bz2", StringComparison.Ordinal))
            Shell.Require("sh", ["-c", "bzip2 -dc \"$0\" > \"$1\"", weights, plain], layout.Root);
        else
            File.Copy(weights, plain, overwrite: true);
        byte[] noise = new byte[width * height * 3];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(frame, noise);
        (int code, string output, string error) = Shell.Capture(layout.At("out", "native", "fs_networks_reference"), ["detect", plain, frame, Text(width), Text(height), "4"], layout.Root);
        if (code != 0)
            throw new BuildException($"dlib's reference failed: {error.Trim()}");
        JsonNode ours = Ours("--only", "detect", "--seconds", "8", "--models-dir", folder)!;
        double dlib = Number(JsonNode.Parse(output)!, "cnn_ms");
        report.AddTime($"CNN detection on {width}×{height}, reference dlib with the distribution's BLAS", Number(ours, "cnn_ms"), dlib, 1.0 / 12);
        report.AddTime("the same on one thread", Number(ours, "cnn_one_thread_ms"), dlib, null);
    }

    private void Conversion(BenchReport report)
    {
        (string clip, _) = new SampleClips(layout).Fetch();
        string looped = Path.Combine(folder, "looped.mp4");
        Shell.Require("ffmpeg", ["-v", "error", "-y", "-stream_loop", "9", "-i", clip, "-c", "copy", looped], layout.Root);
        JsonNode once = Ours("--only", "convert", "--trainer", "Original", "--input", clip, "--precision", "auto", "--seconds", "1")!;
        JsonNode ten = Ours("--only", "convert", "--trainer", "Original", "--input", looped, "--precision", "auto", "--seconds", "1")!;
        report.Add($"convert of the 53 s clip ({once["convert_frames"]} frames, Original, {once["inference_precision"] ?? once["precision"]})", Number(once, "frames_per_s"), "frames/s", null, 55);
        report.Add("the same clip ten times over", Number(ten, "frames_per_s"), "frames/s", null, null);
        if (once["peak_rss_mib"] is not null)
        {
            report.Add("peak memory, clip once", Number(once, "peak_rss_mib"), "MiB", null, null);
            report.Add("peak memory, clip ten times over", Number(ten, "peak_rss_mib"), "MiB", Number(once, "peak_rss_mib"), null);
        }
        File.Delete(looped);
    }

    // Null when the device cannot do what was asked.
    private JsonNode? Ours(params string[] arguments) => programs.TryBench(arguments, out string error) is { } numbers ? numbers
        : error.Contains("bf16") ? null
        : throw new BuildException($"faceswap bench {string.Join(' ', arguments)} failed: {error}");

    private JsonNode Torch(string model, int batch, double seconds) =>
        programs.Python("reference_torch.py", "bench", "--model", model, "--batch", Text(batch), "--cpu", "--seconds", Text(seconds));

    private static double Number(JsonNode node, string key) => node[key]!.GetValue<double>();

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
