using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary><c>faceswap bench</c> on a clip of two frames: what is measured is there, and compares with an earlier run.</summary>
public sealed class CliBenchTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("bench");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_conversion_is_measured_whole_and_without_network_and_codecs()
    {
        CliRun run = CliRunner.Run("bench", "--only", "convert", "--trainer", "Light", "--input", assets.Video, "--seconds", "0.1", "--json", "-");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonNode numbers = JsonNode.Parse(run.Output)!;
        double Number(string key) => numbers[key]?.GetValue<double>() ?? throw new Xunit.Sdk.XunitException($"no {key} in {run.Output}");
        Assert.Equal((2, 2), (Number("convert_frames"), Number("convert_faces")));
        Assert.True(Number("frames_per_s") > 0 && Number("rest_frames_per_s") > 0);
        Assert.Equal(Number("rest_frames"), Number("rest_faces"));
        Assert.Equal(2, Number("rest_frames_held"));
        Assert.InRange(Number("convert_detect_busy_percent"), 0.001, 100.0 * Environment.ProcessorCount);
        Assert.True(Number("rest_copied_bytes_per_frame") > 0, "a shared frame was written into");
        if (OperatingSystem.IsLinux())
            Assert.True(Number("peak_rss_mib") > 10 && Number("cpu_s") > 0);
    }

    [Fact]
    public void Numbers_are_compared_with_an_earlier_run()
    {
        string before = folder["before.json"];
        File.WriteAllText(before, """{ "device": "cpu", "rest_frames_per_s": 1e9, "rest_frames_held": 2, "rest_detect_frame_ms": 1e9, "gone": 1 }""");
        CliRun run = CliRunner.Run("bench", "--only", "convert-rest", "--input", assets.Video, "--seconds", "0.1", "--compare", before);
        Assert.True(run.ExitCode == 0, run.Error);
        string Line(string key) => run.Output.Split('\n').Single(l => l.StartsWith(key + " ", StringComparison.Ordinal)).TrimEnd();
        Assert.EndsWith("-100.0 %   worse", Line("rest_frames_per_s"));
        Assert.EndsWith("-100.0 %  better", Line("rest_detect_frame_ms"));
        Assert.EndsWith("0.0 %", Line("rest_frames_held"));
        Assert.DoesNotContain("gone", run.Output);
    }

    [Fact]
    public void Help_says_of_every_part_what_it_is_and_each_is_taken()
    {
        string help = CliRunner.Run("bench", "--help").Output;
        string[] parts = Regex.Match(help, @"--only <([a-z|\-\s]+)>").Groups[1].Value.Split('|', StringSplitOptions.TrimEntries);
        Assert.All(["train-loop", "kernels", "track", "blend", "convert-rest"], part => Assert.Contains(part, parts));
        string description = help[..help.IndexOf("Usage:", StringComparison.Ordinal)];
        // The comparison is read, and refused, once the part's name is taken.
        foreach (string part in parts)
        {
            Assert.Matches($@"\b{part}: \w", description);
            CliRunner.Run("bench", "--only", part, "--input", assets.Video, "--compare", folder["nothing.json"]).AssertRefused("nothing.json");
        }
        CliRunner.Run("bench", "--only", "everything").AssertRefused([.. parts]);
    }

    [Fact]
    public void What_is_not_of_bench_is_not_compared_with()
    {
        string text = folder["notes.txt"];
        File.WriteAllText(text, "notes");
        CliRunner.Run("bench", "--only", "blend", "--compare", text).AssertRefused("notes.txt");
        CliRunner.Run("bench", "--only", "blend", "--compare", folder["nothing.json"]).AssertRefused("nothing.json");
        CliRunner.Run("bench", "--only", "convert-rest").AssertRefused("--input");
    }
}
