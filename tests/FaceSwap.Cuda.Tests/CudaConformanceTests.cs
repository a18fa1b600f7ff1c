using FaceSwap.Compute.Conformance;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;

namespace FaceSwap.Cuda.Tests;

/// <summary>Every conformance case, in every precision, on the real CUDA backend over the stand-in libraries.</summary>
public class CudaConformanceTests : CudaTest
{
    public static TheoryData<string> Cases => [.. Applying(deterministic: false)];

    // What a backend must do only when it is asked to repeat itself to the bit.
    public static TheoryData<string> DeterministicCases => [.. Applying(deterministic: true).Except(Applying(deterministic: false))];

    [Fact]
    public void No_case_is_left_out() => Assert.Empty(
        ConformanceSuite.Cases.Select(c => c.Name).Except([.. Applying(deterministic: false), .. Applying(deterministic: true)]));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cuda(string name) => Passes(name, deterministic: false);

    [Theory]
    [MemberData(nameof(DeterministicCases))]
    public void CudaDeterministic(string name) => Passes(name, deterministic: true);

    private static string[] Applying(bool deterministic)
    {
        using CudaBackend backend = Open(deterministic);
        return [.. ConformanceSuite.Cases.Where(c => c.AppliesTo(backend)).Select(c => c.Name)];
    }

    private static void Passes(string name, bool deterministic)
    {
        using CudaBackend backend = Open(deterministic);
        ConformanceCase conformance = ConformanceSuite.Cases.Single(c => c.Name == name);
        Assert.True(conformance.AppliesTo(backend));
        CheckResult result = conformance.Run(backend);
        Assert.True(result.Passed, $"{result} {FakeCuda.LastError()}");
    }
}
