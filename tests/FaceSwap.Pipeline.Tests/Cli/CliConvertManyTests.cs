using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary><c>convert</c> with several inputs: one model, one output each, and a failed input does not keep the others from being done.</summary>
public sealed class CliConvertManyTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("many");

    public void Dispose() => folder.Dispose();

    private CliRun Convert(params string[] rest) => CliRunner.Run(["convert", "-m", assets.Model, "--preset", "ultrafast", "--device", "cpu", .. rest]);

    [Fact]
    public void Inputs_are_converted_and_failed_ones_are_listed_at_the_end()
    {
        folder.Folder("clips");
        File.Copy(assets.Video, folder["clips/a.mp4"]);
        File.Copy(assets.Video, folder["clips/b.mkv"]);
        folder.Write("clips/broken.mp4", "this is no video");
        folder.Write("list.txt", assets.Frames + "\n" + folder["nowhere.mp4"] + "\n");
        CliRun run = Convert("-i", folder["clips/*"], "--input-list", folder["list.txt"], "-o", folder["out"], "--timings");
        Assert.True(run.ExitCode == 1, run.Error);
        Assert.Equal(["a.mp4", "a.provenance.json", "b.mkv", "b.provenance.json", Path.GetFileName(assets.Frames)],
            Directory.EnumerateFileSystemEntries(folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, Directory.GetFiles(folder["out/" + Path.GetFileName(assets.Frames)], "*.png").Length);
        Assert.Contains("6 frames of 3 inputs", run.Output);
        Assert.Contains("| network | 1 |", run.Output);
        string[] last = run.Error.TrimEnd().Split('\n')[^3..];
        Assert.Equal("faceswap: 2 of 5 inputs failed:", last[0]);
        Assert.Contains("broken.mp4", last[1]);
        Assert.Contains("nowhere.mp4", last[2]);
        Assert.DoesNotContain("unexpected", run.Error);
    }

    [Fact]
    public void Nothing_is_begun_when_outputs_would_meet()
    {
        folder.Folder("a");
        folder.Folder("b");
        File.Copy(assets.Video, folder["a/clip.mp4"]);
        File.Copy(assets.Video, folder["b/clip.mp4"]);
        Convert("-i", folder["a/clip.mp4"], folder["b/clip.mp4"], "-o", folder["out"]).AssertRefused("a/clip.mp4", "b/clip.mp4", "different folders");
        Convert("-i", folder["a/clip.mp4"], assets.Frames, "-o", folder["a"]).AssertRefused("overwrite the input");
        Convert("-i", folder["a/clip.mp4"], assets.Frames, "-o", folder["all.mp4"]).AssertRefused("need a folder");
        Convert("-i", folder["a/clip.mp4"], assets.Frames, "-o", folder["out"], "--alignments", "x.json").AssertRefused("--alignments");
        Convert("-o", folder["out"]).AssertRefused("--input-list");
        Assert.False(Directory.Exists(folder["out"]));
    }
}
