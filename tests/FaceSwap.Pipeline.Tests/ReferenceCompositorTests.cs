using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The reference compositor against FaceSwap.Vision: the truth of the kernels held against the code that the golden values proved.</summary>
[Collection("engine")]
public sealed class ReferenceCompositorTests
{
    public static TheoryData<PixelFormat, MaskType, int, int, bool, int, int> Cases => CompositedFaceChecks.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_converts_as_the_processor_does(PixelFormat format, MaskType mask, int erosion, int blur, bool match, int side, int shift)
    {
        using ReferenceBackend backend = new();
        CompositedFaceChecks.Agrees(backend, format, mask, erosion, blur, match, side, shift);
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
