using System.Text.Json.Nodes;
using FaceSwap.Core;
using FaceSwap.TestKit;
using Xunit.Abstractions;

namespace FaceSwap.Vision.Tests;

public sealed class VisionGoldenTests(ITestOutputHelper output)
{
    private static bool IsMissing(CheckResult result) => result.Skipped;

    [Fact]
    public void TheRepositorysValuesAgree()
    {
        CheckResult[] results = [.. VisionGolden.Check(Golden.Path("vision", "vision.json"))];
        Report(results);
        // The repository carries a part of the images; those it has and every number must have been compared.
        Assert.Equal((2 * (1 + 1 + 1 + 3 + 4 + 1 + 4 + 1)) + 3, results.Count(r => r.Passed && !r.Name.Contains("_masked_", StringComparison.Ordinal)));
        Assert.Equal(Directory.GetFiles(Golden.Path("vision"), "frame?_masked_*.png").Length * 2,
            results.Count(r => r.Passed && r.Name.Contains("_masked_", StringComparison.Ordinal)));
        Assert.All(results, r => Assert.True(r.Passed || IsMissing(r), $"{r.Name}: {r.Error} over {r.Bound} {r.Message}"));
    }

    [SkippableFact]
    public void AllValuesOfTheSharedFolderAgree()
    {
        CheckResult[] results = [.. VisionGolden.Check(SharedFolder.Require("golden", "vision", "vision.json"))];
        Report(results);
        Assert.DoesNotContain(results, IsMissing);
        Assert.All(results, r => Assert.True(r.Passed, $"{r.Name}: {r.Error} over {r.Bound} {r.Message}"));
    }

    [Fact]
    public void WrongValuesFail()
    {
        using TempFolder folder = new("golden");
        JsonNode json = JsonNode.Parse(File.ReadAllText(Golden.Path("vision", "vision.json")))!;
        json["frames"]![0]!["landmarks"]![30]![0] = 300;
        foreach (string file in Directory.GetFiles(Golden.Path("vision"), "*.png"))
            File.Copy(file, folder[Path.GetFileName(file)]);
        // One landmark of the first frame moved, and one expected image exchanged for another.
        string path = folder.Write("vision.json", json.ToJsonString());
        File.Copy(folder["frame1.png"], folder["frame0_masked_default.png"], overwrite: true);
        CheckResult[] results = [.. VisionGolden.Check(path)];
        Assert.Contains(results, r => !r.Passed && r.Name == "frame0_masked_default.png mean difference");
        Assert.Contains(results, r => !r.Passed && r.Name == "frame0 align_matrix");
        Assert.Contains(results, r => !r.Passed && r.Name == "frame0 landmarks part off by more than 1 pixel");
        Assert.Throws<UserErrorException>(() => VisionGolden.Check(folder.Write("broken.json", "{")).ToArray());
        Assert.Throws<UserErrorException>(() => VisionGolden.Check(folder["none.json"]).ToArray());
    }

    private void Report(IEnumerable<CheckResult> results)
    {
        foreach (CheckResult r in results)
            output.WriteLine($"{(r.Passed ? "ok  " : "FAIL")} {r.Name}: {r.Error:g4} of {r.Bound:g4} {r.Message}");
    }
}
