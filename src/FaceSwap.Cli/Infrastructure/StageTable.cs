using System.Globalization;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Swap;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>What each stage of a swap took, as a Markdown table.</summary>
internal static class StageTable
{
    public static string Of(SwapSummary done)
    {
        (string Stage, TimeSpan Time, long Count, string Unit, string Result)[] rows =
        [
            ("extract A", done.ExtractA.Elapsed, done.ExtractA.Frames, "frames", $"{done.ExtractA.Faces} faces"),
            ("extract B", done.ExtractB.Elapsed, done.ExtractB.Frames, "frames", $"{done.ExtractB.Faces} faces"),
            ("train", done.Train.Elapsed, done.Train.LastIteration - done.Train.FirstIteration, "iterations",
                string.Create(CultureInfo.InvariantCulture, $"{done.Train.Model}, loss A {done.Train.LossA:0.0000}, loss B {done.Train.LossB:0.0000}")),
            ("convert", done.Convert.Elapsed, done.Convert.Frames, "frames", $"{done.Convert.FacesConverted} faces"),
        ];
        List<string> lines = ["| stage | time | work | rate | result |", "| --- | --- | --- | --- | --- |"];
        lines.AddRange(rows.Select(r => $"| {r.Stage} | {Human.Seconds(r.Time)} | {r.Count} {r.Unit} | {Rate(r.Count, r.Time)} {r.Unit}/s | {r.Result} |"));
        TimeSpan total = TimeSpan.FromSeconds(rows.Sum(r => r.Time.TotalSeconds));
        lines.Add($"| all | {Human.Seconds(total)} | | | |");
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>What the stages of a conversion did.</summary>
    public static string Of(ConvertSummary done)
    {
        List<string> lines = ["| stage | threads | busy s | busy % | alone frames/s | waiting for it |", "| --- | --- | --- | --- | --- | --- |"];
        lines.AddRange(done.Stages.Where(s => s.BusySeconds > 0).Select(s => string.Create(CultureInfo.InvariantCulture,
            $"| {s.Stage} | {s.Threads} | {s.BusySeconds:0.00} | {100 * s.Busy:0} | {Human.Rate(s.FramesPerSecond)} | {(s.QueueDepth is { } depth ? $"{depth:0.0} of {s.QueueCapacity}" : "")} |")));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"searched wholly for faces: {done.Searches} frames; copied: {Share(done.CopiedBytes, done.Frames)} a frame by the processor, {Share(done.UploadedBytes, done.Frames)} to the device, {Share(done.DownloadedBytes, done.Frames)} from it; frames under way took {done.PeakFrameBytes / 1048576.0:0} MiB at most"));
        return string.Join('\n', lines) + "\n";
    }

    private static string Share(long bytes, long frames) => string.Create(CultureInfo.InvariantCulture, $"{(frames > 0 ? bytes / 1024.0 / frames : 0):0} KiB");

    private static string Rate(long count, TimeSpan time) => Human.Rate(time.TotalSeconds > 0 ? count / time.TotalSeconds : 0);
}
