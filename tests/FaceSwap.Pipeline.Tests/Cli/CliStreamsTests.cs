using FaceSwap.Models;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Standard streams that are closed, full or no longer read: they end no work, and a result that cannot be printed is told.</summary>
public sealed class CliStreamsTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("streams");

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    [InlineData(">&-")]
    [InlineData(">/dev/full")]
    [InlineData("<&- >&- 2>&-")]
    [InlineData("2> >(true)")]
    [InlineData("> >(true)")]
    public void Training_is_done_and_saved_wherever_its_lines_go(string streams)
    {
        Shell.Require();
        CliRun run = Shell.Run(folder.Path, $"\"$F\" train -A '{assets.Faces}' -B '{assets.Faces}' -m model -t Light -bs 1 -it 2 --device cpu {streams}");
        Assert.Equal(0, run.ExitCode);
        if (streams.StartsWith("2>", StringComparison.Ordinal))
            Assert.Contains("trained Light", run.Output);
        else
            Assert.Equal("", run.Output);
        using CheckpointFolder model = CheckpointFolder.ForReading(folder["model"]);
        Assert.Equal(2, model.Open("Light", warning => Assert.Fail(warning)).State.Iteration);
        if (streams is ">&-" or ">/dev/full")
            Assert.Contains("faceswap: warning: what was done could not be printed", run.Error);
    }

    // A file that is opened after the start must not get a descriptor that libraries print to.
    [SkippableTheory]
    [InlineData("2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public void A_conversion_without_streams_writes_the_same_video(string streams)
    {
        Shell.Require();
        string convert = $"\"$F\" convert -i '{assets.Video}' -m '{assets.Model}' --precision fp32 --device cpu --no-provenance";
        Assert.Equal(0, Shell.Run(folder.Path, $"{convert} -o plain.mkv").ExitCode);
        Assert.Equal(0, Shell.Run(folder.Path, $"{convert} -o closed.mkv {streams}").ExitCode);
        Assert.Equal(File.ReadAllBytes(folder["plain.mkv"]), File.ReadAllBytes(folder["closed.mkv"]));
    }

    [SkippableTheory]
    [InlineData("doctor")]
    [InlineData("models")]
    [InlineData("selftest --filter adam --device cpu")]
    [InlineData("--help")]
    [InlineData("train --help")]
    [InlineData("--version")]
    [InlineData("bench --only blend --seconds 0.1 --device cpu")]
    [InlineData("bench --only blend --seconds 0.1 --device cpu --json -")]
    public void A_result_that_cannot_be_printed_is_told(string command)
    {
        Shell.Require();
        Shell.Run(folder.Path, $"\"$F\" {command} > /dev/full").AssertRefused("could not be printed", "No space left on device");
        Shell.Run(folder.Path, $"\"$F\" {command} >&-").AssertRefused("could not be printed", "it is closed");
        // A reader that has seen enough is no failure.
        Assert.Equal(0, Shell.Run(folder.Path, $"\"$F\" {command} | true; exit ${{PIPESTATUS[0]}}").ExitCode);
        // Nor is it one of what is printed that nobody hears of the rest.
        Assert.Equal(0, Shell.Run(folder.Path, $"\"$F\" {command} 2>&-").ExitCode);
    }

    [SkippableFact]
    public void A_filter_tells_a_full_disk_from_a_reader_that_went_away()
    {
        Shell.Require();
        string stream = "(printf 'YUV4MPEG2 W16 H16 F25:1 C420jpeg\\nFRAME\\n'; head -c 384 /dev/zero)";
        Shell.Run(folder.Path, $"{stream} | \"$F\" pipe -m '{assets.Model}' --device cpu > /dev/full").AssertRefused("disk is full");
    }

    [SkippableFact]
    public void A_failure_has_its_exit_code_even_if_nobody_can_be_told()
    {
        Shell.Require();
        foreach (string streams in new[] { "2>&-", "2>/dev/full", ">&- 2>&-" })
            Assert.Equal(2, Shell.Run(folder.Path, $"\"$F\" extract -i nowhere -o faces {streams}").ExitCode);
    }
}
