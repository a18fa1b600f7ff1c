using FaceSwap.Compute.Conformance;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;

namespace FaceSwap.Cuda.Tests;

/// <summary>Every conformance case, in every precision, on the real CUDA backend over the stand-in libraries.</summary>
public class CudaConformanceTests : CudaTest
{
    public static TheoryData<string> Cases => [.. ConformanceSuite.Cases.Select(c => c.Name)];

    public static TheoryData<string> Products => [.. ConformanceSuite.Cases.Select(c => c.Name).Where(n => n.StartsWith("conv2d", StringComparison.Ordinal)
        || n.StartsWith("dense", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cuda(string name) => Passes(name, deterministic: false);

    [Theory]
    [MemberData(nameof(Products))]
    public void CudaDeterministic(string name) => Passes(name, deterministic: true);

    private void Passes(string name, bool deterministic)
    {
        using CudaBackend backend = Open(deterministic);
        ConformanceCase conformance = ConformanceSuite.Cases.Single(c => c.Name == name);
        Assert.True(conformance.AppliesTo(backend));
        CheckResult result = conformance.Run(backend);
        Assert.True(result.Passed, $"{result} {FakeCuda.LastError()}");
    }
}
