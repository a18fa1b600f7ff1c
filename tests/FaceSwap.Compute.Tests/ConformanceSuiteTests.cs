using FaceSwap.Compute.Conformance;

namespace FaceSwap.Compute.Tests;

/// <summary>The suite itself: a backend with a fault must not get through.</summary>
public class ConformanceSuiteTests
{
    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>().Where(f => f != Fault.None)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Sees(Fault fault)
    {
        using var backend = new FaultyBackend(fault);
        Assert.Contains(Small(backend), c => !c.Run(backend).Passed);
    }

    [Fact]
    public void PassesTheSameBackendWithoutFault()
    {
        using var backend = new FaultyBackend(Fault.None);
        Assert.DoesNotContain(Small(backend), c => !c.Run(backend).Passed);
    }

    [Fact]
    public void EveryPrecisionHasCases() =>
        Assert.All(Enum.GetValues<Precision>(), p => Assert.Contains(ConformanceSuite.Cases, c => c.Precision == p));

    // One convolution and the cases that are no products: a fault shows there or nowhere, in milliseconds.
    private static IEnumerable<ConformanceCase> Small(IBackend backend) => ConformanceSuite.Cases.Where(c => c.AppliesTo(backend)
        && (c.Name.StartsWith("conv2d b3 8×7", StringComparison.Ordinal) || c.Name.StartsWith("conv2d b3 8×8", StringComparison.Ordinal)
            || c.Name.StartsWith("adam 17 ", StringComparison.Ordinal) || c.Name.StartsWith("readback ", StringComparison.Ordinal)
            || c.Name is "increment" or "record and run" or "composite Nv12"));
}
