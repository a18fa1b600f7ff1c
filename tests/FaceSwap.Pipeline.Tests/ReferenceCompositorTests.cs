using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The reference compositor against FaceSwap.Vision: the truth of the kernels held against the code that the golden values proved.</summary>
[Collection("engine")]
public sealed class ReferenceCompositorTests
{
    public static TheoryData<string> Cases => CompositedFaceChecks.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_converts_as_the_processor_does(string name)
    {
        using ReferenceBackend backend = new();
        CompositedFaceChecks.Agrees(backend, name);
    }

    [Fact]
    public void It_gives_the_golden_conversions()
    {
        using ReferenceBackend backend = new();
        CompositedFaceChecks.AgreesWithGoldenConversions(backend);
    }

    [SkippableFact]
    public void It_gives_all_golden_conversions()
    {
        using ReferenceBackend backend = new();
        CompositedFaceChecks.AgreesWithAllGoldenConversions(backend);
    }
}
