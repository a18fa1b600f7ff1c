using FaceSwap.Build;
using FaceSwap.TestKit;

namespace FaceSwap.Architecture.Tests;

public class BuildProgramTests
{
    [Fact]
    public void An_unknown_target_is_refused() => Assert.Equal(2, BuildProgram.Run(["nonsense"], null));

    [Fact]
    public void An_unknown_option_of_a_target_is_refused_before_anything_is_built() =>
        Assert.Equal(2, BuildProgram.Run(["test", "--nonsense"], Repository.PathOf("eng", "Build.cs")));

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--suites", "--nonsense")]
    public void An_unknown_option_of_bench_is_refused_before_anything_is_built(params string[] options) =>
        Assert.Equal(2, BuildProgram.Run(["bench", .. options], Repository.PathOf("eng", "Build.cs")));

    [Fact]
    public void The_root_is_found_from_the_entry_file() =>
        Assert.Equal(Repository.Root, Layout.Find(Repository.PathOf("eng", "Build.cs")).Root);

    [Fact]
    public void Both_scripts_forward_to_the_same_program()
    {
        foreach (string script in new[] { "build.sh", "build.ps1" })
            Assert.Contains("dotnet run --configuration Release eng/Build.cs -- ", File.ReadAllText(Repository.PathOf(script)));
    }

    [Fact]
    public void The_report_computes_ratios_and_parts()
    {
        BenchReport report = new();
        report.Add("training", 3, "it/s", 1.5, 2.5);
        report.AddPart("of the peak", 0.678, 0.65);
        report.AddFaster("blend", 0.8, 120, 100);
        report.AddLimit("memory", 480, "MiB", 572);
        report.Sections.Add("## More\n");
        string text = report.ToMarkdown();
        Assert.Contains("| training | 3.00 it/s | 1.50 it/s | 2.00× | ≥ 2.50× |", text);
        Assert.Contains("| of the peak | 67.8 % | | | ≥ 65.0 % |", text);
        Assert.Contains("| blend | 0.80 ms | 120 ms | 150× | ≥ 100× |", text);
        Assert.Contains("| memory | 480 MiB | | | ≤ 572 MiB |", text);
        Assert.EndsWith("\n\n## More\n", text);
    }
}
