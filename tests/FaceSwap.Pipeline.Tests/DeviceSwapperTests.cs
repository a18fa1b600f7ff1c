using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The device's swapper over the reference compositor.</summary>
[Collection("engine")]
public sealed class DeviceSwapperTests : IDisposable
{
    private readonly LeakCheck leaks = new();
    private readonly ReferenceBackend backend = new();

    public void Dispose()
    {
        backend.Dispose();
        leaks.Dispose();
    }

    [Theory]
    [InlineData(PixelFormat.Nv12, 4, 2)]
    [InlineData(PixelFormat.Yuv420P, 1, 1)]
    [InlineData(PixelFormat.Bgr24, 5, 3)]
    [InlineData(PixelFormat.Gray8, 64, 2)]
    public void It_converts_as_the_processor_does(PixelFormat format, int batch, int workers) =>
        DeviceSwapperChecks.ConvertsAsTheProcessorDoes(backend, format, batch, workers, new MaskedOptions());

    [Fact]
    public void It_converts_as_the_processor_does_with_other_options() =>
        DeviceSwapperChecks.ConvertsAsTheProcessorDoes(backend, PixelFormat.Yuv420P, 3, 2, new MaskedOptions { Mask = MaskType.FaceHull, BlurSize = 5, ErosionSize = 3, MatchHistogram = true });

    [Theory]
    [InlineData(PixelFormat.Yuv420P, 10, false)]
    [InlineData(PixelFormat.Yuv444P, 8, true)]
    [InlineData(PixelFormat.Gbrp, 8, false)]
    public void Formats_that_no_device_takes_are_left_to_the_processor(PixelFormat layout, int depth, bool alpha)
    {
        const int count = 5;
        PixelFormat format = alpha ? layout.WithAlpha() : layout.WithDepth(depth);
        using MemorySource left = new(count, format), right = new(count, format);
        using MemorySink expected = new(), actual = new();
        using DeviceSwapperChecks.Mirror network = new(backend, 4);
        MaskedOptions options = new();
        using (HostSwapper swapper = new(network, () => new MaskedConverter(options)))
            DeviceSwapperChecks.Run(left, expected, swapper, DeviceSwapperChecks.Alignments(count), 2);
        using (DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, options, right.Info)!)
        {
            DeviceSwapperChecks.Run(right, actual, swapper, DeviceSwapperChecks.Alignments(count), 2);
            Assert.Equal((0, 0), (swapper.UploadedBytes, swapper.DownloadedBytes));
        }
        Assert.Equal(expected.Frames, actual.Frames);
        for (int plane = 0; plane < format.PlaneCount; plane++)
            Assert.Equal(plane == 3, expected.Frames[0][plane].AsSpan().SequenceEqual(expected.Frames[1][plane]));
    }

    [Fact]
    public void Failure_of_the_device_is_reported() => DeviceSwapperChecks.FailureIsReported(backend);

    [Fact]
    public void Cancelling_stops_with_batches_under_way() => DeviceSwapperChecks.CancellingStops(backend);

    [Fact]
    public void What_no_compositor_has_is_left_to_the_processor()
    {
        using DeviceSwapperChecks.Mirror network = new(backend, 1);
        FrameSourceInfo info = new("", 64, 64, default, default, 0, 0, true);
        using (DeviceSwapper? made = DeviceSwapper.TryCreate(backend, network, new MaskedOptions { Color = ColorAdjust.Reinhard, Sharpen = Sharpening.Box }, info))
            Assert.NotNull(made);
        Assert.Null(DeviceSwapper.TryCreate(backend, network, new MaskedOptions { SeamlessClone = true }, info));
    }

    [Fact]
    public void The_processors_backend_has_none()
    {
        using CpuBackend cpu = new(1);
        using DeviceSwapperChecks.Mirror network = new(cpu, 1);
        Assert.Null(DeviceSwapper.TryCreate(cpu, network, new MaskedOptions(), new FrameSourceInfo("", 8, 8, default, default, 0, 0, true)));
    }
}
