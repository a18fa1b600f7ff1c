using System.Text;
using FaceSwap.Core;
using FaceSwap.Models;
using FaceSwap.Pipeline.Tests.Cli;
using FaceSwap.Pipeline.Weights;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Networks;

/// <summary>Finding, listing and keeping weight files.</summary>
public class WeightFileTests
{
    [Fact]
    public void A_foreign_download_is_not_kept()
    {
        using TempFolder folder = new("models");
        UserErrorException wrong = Assert.Throws<UserErrorException>(() => WeightDownload.Store(WeightCatalog.Detector, folder.Path, Content(MmodWeights.FileName, "nonsense")));
        Assert.Contains("checksum", wrong.Message);
        // No checksum is known of this one: its format decides.
        UserErrorException format = Assert.Throws<UserErrorException>(() =>
            WeightDownload.Store(WeightCatalog.DlibRecognition, folder.Path, Content(EmbeddingWeights.DlibFileName, "nonsense")));
        Assert.Contains("damaged", format.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [SkippableFact]
    public void A_good_download_is_kept_under_its_name_alone()
    {
        byte[] data = Bzip2.Decompress(File.ReadAllBytes(SharedFolder.Require("models", MmodWeights.FileName + ".bz2")), 1 << 24);
        using TempFolder folder = new("models");
        string path = WeightDownload.Store(WeightCatalog.Detector, folder["new"], new() { [MmodWeights.FileName] = data });
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder["new"]));
        WeightStatus status = WeightStatus.Of(WeightCatalog.Detector, folder["new"]);
        Assert.Equal((WeightState.Known, path), (status.State, status.Path));
    }

    [Fact]
    public void A_damaged_file_is_listed_as_damaged()
    {
        using TempFolder folder = new("models");
        folder.Write(MmodWeights.FileName, "nonsense");
        WeightStatus status = WeightStatus.Of(WeightCatalog.Detector, folder.Path);
        Assert.Equal(WeightState.Damaged, status.State);
        Assert.Contains("damaged", status.Trouble);
        CliRun run = CliRunner.Run("models", "--models-dir", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("DAMAGED detector", run.Output);
        Assert.Contains("faceswap models get detector", run.Output);
    }

    [Fact]
    public void An_unknown_name_is_refused() => CliRunner.Run("models", "get", "nonsense").AssertRefused("nonsense", "detector", "recognition");

    [Theory]
    [InlineData("[", "form")]
    [InlineData("{}", "form")]
    [InlineData("[{\"paths\":[\"../secret\"],\"weights\":[]}]", "impossible parts")]
    [InlineData("[{\"paths\":[\"absent.bin\"],\"weights\":[]}]", "absent.bin")]
    [InlineData("[{\"paths\":[\"a.bin\"],\"weights\":[]}]", "4 bytes")]
    [InlineData("[{\"paths\":[\"a.bin\"],\"weights\":[{\"name\":\"x\",\"shape\":[5],\"dtype\":\"float32\"}]}]", "cut off")]
    [InlineData("[{\"paths\":[\"a.bin\"],\"weights\":[{\"name\":\"x\",\"shape\":[-1],\"dtype\":\"float32\"}]}]", "impossible size")]
    [InlineData("[{\"paths\":[\"a.bin\"],\"weights\":[{\"name\":\"x\",\"shape\":[4],\"dtype\":\"complex64\"}]}]", "unknown type")]
    [InlineData("[{\"paths\":[\"a.bin\"],\"weights\":[{\"name\":\"x\",\"shape\":[1],\"dtype\":\"float32\"}]}]", "conv32_down/conv/filters")]
    public void A_wrong_manifest_is_one_sentence(string manifest, string reason)
    {
        using TempFolder folder = new("models");
        string path = folder.Write(EmbeddingWeights.TfjsFileName, manifest);
        File.WriteAllBytes(folder["a.bin"], new byte[4]);
        UserErrorException error = Assert.Throws<UserErrorException>(() => EmbeddingWeights.Load(path));
        Assert.Contains(reason, error.Message);
        Assert.Contains(path, error.Message);
    }

    private static Dictionary<string, byte[]> Content(string name, string text) => new() { [name] = Encoding.ASCII.GetBytes(text) };
}
