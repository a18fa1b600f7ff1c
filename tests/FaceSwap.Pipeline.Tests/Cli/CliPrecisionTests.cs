using System.Diagnostics;
using System.Text.Json.Nodes;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>What the command says of the measured precision, with a cache of its own.</summary>
public sealed class CliPrecisionTests : IDisposable
{
    private const string Cache = "XDG_CACHE_HOME";

    private readonly TempFolder folder = new("precision");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Doctors_agree_whether_they_come_at_once_or_one_after_the_other()
    {
        Process[] both = [CliRunner.StartWith(Cache, folder.Path, "doctor"), CliRunner.StartWith(Cache, folder.Path, "doctor")];
        string[] said = [.. both.Select(p => Rates(CliRunner.Finish(p)))];
        Assert.Equal([said[0], said[0]], [said[1], Rates(CliRunner.RunWith(Cache, folder.Path, "doctor"))]);
    }

    [Fact]
    public void A_cache_that_cannot_be_used_costs_a_measurement()
    {
        Rates(CliRunner.RunWith(Cache, folder.Path, "doctor"));
        string file = Assert.Single(Directory.GetFiles(folder["faceswap"], "precision-*.json"));
        string sound = File.ReadAllText(file);
        File.WriteAllText(file, "forged");
        Rates(CliRunner.RunWith(Cache, folder.Path, "doctor"));
        string again = File.ReadAllText(file);
        Assert.Equal(sound.Split('\n').Length, again.Split('\n').Length);
        Rates(CliRunner.RunWith(Cache, file, "doctor"));
        Assert.Equal(again, File.ReadAllText(file));
    }

    [Fact]
    public void Bench_says_which_was_taken_and_why()
    {
        JsonNode Bench(params string[] precision)
        {
            CliRun run = CliRunner.RunWith(Cache, folder.Path,
                ["bench", "--only", "inference", "--device", "cpu", "--trainer", "Light", "--batch-size", "1", "--seconds", "0.01", "--json", "-", .. precision]);
            Assert.True(run.ExitCode == 0, run.Error);
            return JsonNode.Parse(run.Output)!;
        }
        string Text(JsonNode numbers, string key) => numbers[key]!.GetValue<string>();
        using CpuBackend backend = new(1);
        bool bf16 = backend.Supports(Precision.Bf16);
        Assert.Equal("the standard here; --precision auto chooses", Text(Bench(), "precision_why"));
        Assert.Equal("asked for", Text(Bench("--precision", "fp32"), "precision_why"));
        JsonNode auto = Bench("--precision", "auto");
        Assert.StartsWith(bf16 ? "auto, measured: " : "auto; this processor has no bf16", Text(auto, "precision_why"));
        Assert.True(bf16 || Text(auto, "precision") == "fp32");
        if (!bf16)
            CliRunner.Run("bench", "--only", "inference", "--device", "cpu", "--precision", "bf16").AssertRefused("bf16", "--precision fp32");
    }

    private static string Rates(CliRun doctor)
    {
        string[] lines = [.. doctor.Output.Split('\n').Where(l => l.StartsWith("fp32 ", StringComparison.Ordinal) || l.StartsWith("bf16 ", StringComparison.Ordinal)
            || l.StartsWith("precision ", StringComparison.Ordinal))];
        Assert.True(lines.Length == 3 && doctor.ExitCode == 0 && lines[0].Contains(" GFLOP/s", StringComparison.Ordinal), doctor.Output + doctor.Error);
        return string.Join('\n', lines);
    }
}
