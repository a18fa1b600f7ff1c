using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Tests;
using FaceSwap.Vision;

namespace FaceSwap.Cuda.Tests;

/// <summary>Conversion of frames that are in device memory against that of the same frames from the host: the same to the bit.</summary>
public sealed class DeviceFrameConvertTests : CudaTest
{
    private const int Count = 41;

    [Theory]
    [InlineData(false, true, 4, null)]
    [InlineData(false, true, 16, null)]
    [InlineData(true, true, 5, null)]
    [InlineData(true, false, 5, null)]
    [InlineData(false, false, 8, null)]
    [InlineData(false, true, 4, 2)]
    [InlineData(true, true, 4, 3)]
    public void Frames_are_the_same_as_from_the_host(bool stay, bool decoder, int batch, int? fit)
    {
        using CudaBackend backend = Open();
        MaskedOptions options = new() { MatchHistogram = true };
        using DeviceSwapperChecks.Mirror network = new(backend, batch);
        using MemorySource host = new(Count, PixelFormat.Yuv420P);
        using MemorySink expected = new(), actual = new();
        using (DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, options, host.Info)!)
            DeviceSwapperChecks.Run(host, expected, swapper, DeviceSwapperChecks.Alignments(Count), 2);

        long frameBytes = CudaFrames.DeviceStride(host.Info.Width) * (host.Info.Height * 3L / 2);
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { Stay = stay, MostBytes = fit * frameBytes })!;
        using DeviceSource source = new(new MemorySource(Count, PixelFormat.Yuv420P), backend, frames, decoder);
        using (DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, options, source.Info, frames)!)
        {
            DeviceSwapperChecks.Run(source, actual, swapper, DeviceSwapperChecks.Alignments(Count), 2);
            if (fit is null)
            {
                // Slots alone go up, 1792 bytes a face; parts of frames are there already.
                Assert.InRange(swapper.UploadedBytes, 1792 * 30, 1792L * batch * Count);
                Assert.Equal(stay, swapper.DownloadedBytes == 0);
            }
        }
        Assert.InRange(source.MostOutside, 0, frames.SurfacesHeld + 1);
        Assert.Equal(expected.Names, actual.Names);
        for (int i = 0; i < Count; i++)
        {
            byte[][] planar = expected.Frames[i], packed = actual.Frames[i];
            Assert.True(planar[0].AsSpan().SequenceEqual(packed[0]), $"luma of frame {i}");
            for (int at = 0; at < planar[1].Length; at++)
            {
                if (planar[1][at] != packed[1][2 * at] || planar[2][at] != packed[1][(2 * at) + 1])
                    Assert.Fail($"chroma of frame {i} at {at}");
            }
        }
    }

    [Fact]
    public void A_failure_under_way_leaves_nothing()
    {
        using CudaBackend backend = Open();
        int runs = 0;
        using DeviceSwapperChecks.Mirror network = new(backend, 4, () =>
        {
            if (++runs == 3)
                throw new InvalidOperationException("network broke");
        });
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!;
        using DeviceSource source = new(new MemorySource(500, PixelFormat.Nv12), backend, frames, decoder: true);
        using MemorySink sink = new();
        using DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, new MaskedOptions(), source.Info, frames)!;
        Assert.Equal("network broke", Assert.Throws<InvalidOperationException>(
            () => DeviceSwapperChecks.Run(source, sink, swapper, DeviceSwapperChecks.Alignments(500), 2)).Message);
    }
}
