using FaceSwap.Compute.Conformance;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;

namespace FaceSwap.Compute.Tests;

/// <summary>Every conformance case on every backend.</summary>
public class BackendConformanceTests
{
    public static TheoryData<string> ReferenceCases
    {
        get
        {
            using var backend = new ReferenceBackend(threads: 1);
            return [.. ConformanceSuite.Cases.Where(c => c.AppliesTo(backend)).Select(c => c.Name)];
        }
    }

    public static TheoryData<string> CpuCases
    {
        get
        {
            using var backend = new CpuBackend(threads: 2);
            return [.. ConformanceSuite.Cases.Where(c => c.AppliesTo(backend)).Select(c => c.Name)];
        }
    }

    public static TheoryData<string> OneDnnCases
    {
        get
        {
            using var backend = new CpuBackend(threads: 2, CpuProducts.OneDnn);
            return [.. ConformanceSuite.Cases.Where(c => c.AppliesTo(backend)).Select(c => c.Name)];
        }
    }

    [Fact]
    public void NamesAreUnique() =>
        Assert.Equal(ConformanceSuite.Cases.Count, ConformanceSuite.Cases.Select(c => c.Name).Distinct().Count());

    [Theory]
    [MemberData(nameof(ReferenceCases))]
    public void Reference(string name)
    {
        using var backend = new ReferenceBackend(threads: 1);
        CheckResult result = ConformanceSuite.Cases.Single(c => c.Name == name).Run(backend);
        Assert.True(result.Passed, result.ToString());
    }

    [Theory]
    [MemberData(nameof(CpuCases))]
    public void Cpu(string name)
    {
        using var backend = new CpuBackend(threads: 2);
        CheckResult result = ConformanceSuite.Cases.Single(c => c.Name == name).Run(backend);
        Assert.True(result.Passed, result.ToString());
    }

    [Theory]
    [MemberData(nameof(OneDnnCases))]
    public void OneDnn(string name)
    {
        using var backend = new CpuBackend(threads: 2, CpuProducts.OneDnn);
        CheckResult result = ConformanceSuite.Cases.Single(c => c.Name == name).Run(backend);
        Assert.True(result.Passed, result.ToString());
    }
}
