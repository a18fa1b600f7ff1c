using System.Text.Json.Nodes;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Models.Golden;
using FaceSwap.TestKit;

namespace FaceSwap.Models.Tests;

/// <summary>The golden checks themselves: what is wrong must fail, and what is no golden file must be said.</summary>
[Collection("engine")]
public class EngineGoldenFaultTests
{
    [Fact]
    public void OtherWeightsFailAllChecks()
    {
        JsonNode golden = JsonNode.Parse(File.ReadAllText(TestKit.Golden.Path("engine", "lowmem_seed11_batch3.json")))!;
        golden["seed"] = 12;
        golden["updates"]!.AsArray().RemoveRange(1, 3);
        using var folder = new TempFolder("golden");
        string path = Path.Combine(folder.Path, "other.json");
        File.WriteAllText(path, golden.ToJsonString());
        using var backend = new CpuBackend();
        IReadOnlyList<CheckResult> results = EngineGolden.Check(path, backend, Precision.Fp32);
        Assert.Equal(8, results.Count);
        Assert.All(results, r => Assert.False(r.Passed, r.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"model\": \"LowMem\", \"seed\": 1, \"batch\": 1, \"tensors\": []}")]
    [InlineData("{\"model\": \"NoSuchModel\", \"seed\": 1, \"batch\": 1}")]
    public void AFileOfAnotherKindIsOneSentence(string content)
    {
        using var folder = new TempFolder("golden");
        string path = Path.Combine(folder.Path, "other.json");
        File.WriteAllText(path, content);
        using var backend = new ReferenceBackend(threads: 1);
        Assert.Throws<UserErrorException>(() => EngineGolden.Check(path, backend, Precision.Fp32));
        Assert.Throws<UserErrorException>(() => EngineGolden.Check(path + ".missing", backend, Precision.Fp32));
    }

    [Fact]
    public void APrecisionThatTheBackendLacksFails()
    {
        using var backend = new ReferenceBackend(threads: 1);
        CheckResult result = Assert.Single(EngineGolden.Check("any.json", backend, Precision.Bf16));
        Assert.False(result.Passed);
    }

    [Fact]
    public void NotANumberNeverPasses() => Assert.False(CheckResult.Of("x", double.NaN, double.PositiveInfinity).Passed);
}
