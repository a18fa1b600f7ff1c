using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace FaceSwap.Build;

/// <summary>
/// Measures the conversion against what it is to beat, one after the other in the same run, and writes <c>out/bench/convert.md</c>: the classic per-frame procedure and its
/// blend (benchmarks/classic_pipeline.py), ffmpeg's transcoding, a rate, and a bound on memory; with a profile of where the rest of the time goes. All on a clip of
/// 1280×960 that ffmpeg makes of the demo's.
/// </summary>
public sealed class ConvertBench(Layout layout)
{
    private const int Width = 1280, Height = 960, ClassicFrames = 20, Turns = 2, PassTurns = 4, Loops = 10;
    // What convert bounds x264's lookahead to at this size (44 MiB of frames), so that both encode with the same settings.
    private const string Lookahead = "12";

    // Threads that convert gives x264 on two processors; on others it leaves them to x264, as ffmpeg does.
    private static readonly string Threads = Environment.ProcessorCount == 2 ? "5" : "0";

    private const string WholeSeconds = "30", PassSeconds = "30";
    private const double MebibyteLimit = 600e6 / (1 << 20);
    private readonly string folder = layout.At("out", "bench");
    private readonly string model = layout.At("out", "bench", "model");
    private readonly Programs programs = new(layout);

    /// <summary>Runs everything; some eight minutes on two cores.</summary>
    public void Run()
    {
        Directory.CreateDirectory(folder);
        BenchReport report = new() { Title = "Converting video" };
        AddTo(report);
        string path = Path.Combine(folder, "convert.md");
        File.WriteAllText(path, report.ToMarkdown());
        Console.WriteLine(report.ToMarkdown());
        Console.WriteLine($"bench: written to {Path.GetRelativePath(layout.Root, path)}");
    }

    /// <summary>Adds the table, and the profile beneath it.</summary>
    public void AddTo(BenchReport report)
    {
        (string sample, _) = new SampleClips(layout).Fetch();
        string clip = Clip(sample, "clip-1280x960.mp4", $"scale={Width}:{Height}", ["-t", WholeSeconds]);
        // Upside down no detector of upright faces finds any, and the picture is as hard to encode.
        string faceless = Clip(sample, "faceless-1280x960.mp4", $"scale={Width}:{Height},vflip", ["-t", PassSeconds]);
        JsonNode classic = programs.Python("classic_pipeline.py", clip, "--frames", Text(ClassicFrames));
        report.Facts.Add(("classic procedure", $"{classic["reference"]}, {ClassicFrames} frames"));
        // Made beforehand: the making would leave its mark on the memory of the run that is measured.
        Convert(faceless);
        JsonNode ours = Whole(clip);
        report.Facts.Add(("processor", $"{ours["processor"]}, {Environment.ProcessorCount} cores"));
        report.Add($"whole conversion of {Width}×{Height} (Original, {ours["inference_precision"] ?? ours["precision"]}, {ours["convert_frames"]} frames, {ours["convert_faces"]} faces)",
            Number(ours, "frames_per_s"), "frames/s", Number(classic, "frames_per_s"), 12);
        Blend(report, classic);
        JsonNode rest = programs.Bench("--only", "convert-rest", "--input", clip, "--seconds", "6");
        report.Add("everything but the network and the codecs", Number(rest, "rest_frames_per_s"), "frames/s", null, 250);
        PassThrough(report, faceless);
        Memory(report, ours, sample);
        report.Sections.Add(ConvertProfile.Stages("The whole conversion, by stage", "convert", ours, Number(ours, "convert_frames") / Number(ours, "frames_per_s")));
        report.Sections.Add(ConvertProfile.Stages("Without the network and the codecs, by stage", "rest", rest, Number(rest, "rest_frames") / Number(rest, "rest_frames_per_s")));
        report.Sections.Add(ConvertProfile.Threads(ours));
        if (Shell.Has("perf"))
            report.Sections.Add(new PerfProfile(layout).Of(Conversion(clip, model)));
        Directory.Delete(model, recursive: true);
    }

    private JsonNode Whole(string clip)
    {
        // The better of two: another program's turn makes either slower, nothing makes one faster.
        JsonNode[] runs = [.. Enumerable.Range(0, Turns).Select(_ => Convert(clip))];
        return runs.MaxBy(r => Number(r, "frames_per_s"))!;
    }

    private void Blend(BenchReport report, JsonNode classic)
    {
        JsonNode ours = programs.Bench("--only", "blend", "--seconds", "8");
        report.AddFaster($"blend of one face, mask of 281 pixels, in {Width}×{Height}", Number(ours, "blend_1280x960_ms"), Number(classic, "blend_ms"), 100);
    }

    // In turns, and the best of each, so that a machine that slows down does not favor either.
    private void PassThrough(BenchReport report, string faceless)
    {
        double ours = 0, theirs = 0, likeOurs = 0, faces = 0;
        for (int i = 0; i < PassTurns; i++)
        {
            JsonNode run = Convert(faceless);
            double frames = Number(run, "convert_frames");
            (ours, faces) = (Math.Max(ours, Number(run, "frames_per_s")), Number(run, "convert_faces"));
            theirs = Math.Max(theirs, frames / Transcode(faceless, "0"));
            likeOurs = Math.Max(likeOurs, frames / Transcode(faceless, Threads));
        }
        report.Add($"frames without a face (the clip upside down; {faces} faces found), against ffmpeg with the same encoder settings", ours, "frames/s", theirs, 0.95);
        report.Add($"the same against ffmpeg with -threads {Threads} too", ours, "frames/s", likeOurs, null);
    }

    private double Transcode(string clip, string threads)
    {
        string target = Path.Combine(folder, "transcoded.mp4");
        Stopwatch clock = Stopwatch.StartNew();
        Shell.Require("ffmpeg", ["-v", "error", "-y", "-i", clip, "-c:v", "libx264", "-crf", "15", "-preset", "medium", "-rc-lookahead", Lookahead, "-threads", threads,
            "-c:a", "copy", target], layout.Root);
        File.Delete(target);
        return clock.Elapsed.TotalSeconds;
    }

    private void Memory(BenchReport report, JsonNode ours, string sample)
    {
        if (ours["peak_rss_mib"] is null)
        {
            report.Notes.Add("memory: this system does not tell the peak");
            return;
        }
        report.AddLimit($"peak memory at {Width}×{Height}", Number(ours, "peak_rss_mib"), "MiB", MebibyteLimit);
        string looped = Path.Combine(folder, "looped.mp4");
        Shell.Require("ffmpeg", ["-v", "error", "-y", "-stream_loop", Text(Loops - 1), "-i", sample, "-c", "copy", looped], layout.Root);
        JsonNode run = Convert(looped);
        File.Delete(looped);
        double middle = Number(run, "rss_middle_third_mib"), last = Number(run, "rss_last_third_mib");
        report.AddLimit($"its growth: last against middle third of {Number(run, "convert_frames") / 25 / 60:0} minutes of video at 400×300", 100 * (last - middle) / middle, "%", 1);
    }

    private JsonNode Convert(string clip) => programs.Bench(Conversion(clip, model));

    private static string[] Conversion(string clip, string model) =>
        ["--only", "convert", "--trainer", "Original", "--model-dir", model, "--input", clip, "--precision", "auto", "--seconds", "1"];

    private string Clip(string sample, string name, string filter, string[] options)
    {
        string path = Path.Combine(layout.Cache, name);
        if (File.Exists(path))
            return path;
        string partial = Path.Combine(layout.Cache, "partial-" + name);
        Shell.Require("ffmpeg", ["-v", "error", "-y", "-i", sample, .. options, "-vf", filter, "-c:v", "libx264", "-crf", "18", "-preset", "medium", "-c:a", "copy", partial], layout.Root);
        File.Move(partial, path, overwrite: true);
        return path;
    }

    private static double Number(JsonNode node, string key) => node[key]!.GetValue<double>();

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
