using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>An output named like a file of a kind that is not written does not become a folder.</summary>
public sealed class CliOutputNameTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("output");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Names_of_other_files_are_refused_and_nothing_is_made()
    {
        string alignments = folder.Write("alignments.json", "{}"), output = folder["o.xyz"];
        CliRunner.Run("convert", "-i", assets.Video, "-o", output, "-m", assets.Model).AssertRefused("ends in .xyz", ".mp4", "end it in / for a folder");
        CliRunner.Run("convert", "-i", assets.Video, "-o", folder["o.png"], "-m", assets.Model).AssertRefused("one image", "video or a folder");
        CliRunner.Run("convert", "-i", assets.Video, assets.Frames, "-o", output, "-m", assets.Model).AssertRefused("several inputs need a folder", "end it in / for a folder");
        CliRunner.Run("swap", assets.Video, assets.Frames, "-o", output, "-it", "1").AssertRefused("ends in .xyz");
        CliRunner.Run("alignments", "draw", "-i", assets.Video, "--alignments", alignments, "-o", output).AssertRefused("ends in .xyz");
        CliRunner.Run("extract", "-i", assets.Video, "-o", folder["faces.mp4"], "--alignments", folder["new.json"]).AssertRefused("aligned faces go into a folder", "faces.mp4");
        CliRunner.Run("video-to-frames", "-i", assets.Video, "-o", folder["frames.mp4"]).AssertRefused("frames go into a folder", "frames.mp4");
        CliRunner.Run("sort", "-i", assets.Faces, "-o", folder["sorted.png"], "--by", "blur").AssertRefused("sorted faces go into a folder", "sorted.png");
        Assert.Equal([alignments], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_slash_makes_it_a_folder_and_one_that_exists_stays_one()
    {
        foreach (string end in new[] { "/", "" })
        {
            CliRun run = CliRunner.Run("convert", "-i", assets.Video, "-o", folder["o.xyz"] + end, "-m", assets.Model, "--device", "cpu");
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(2, Directory.GetFiles(folder["o.xyz"], "*.png").Length);
            Assert.Equal([folder["o.xyz"]], Directory.GetFileSystemEntries(folder.Path));
        }
    }
}
