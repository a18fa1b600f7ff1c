using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Tests;

namespace FaceSwap.Cuda.Tests;

/// <summary>Frames in device memory by themselves: what the host sees of them, when, and what becomes of their memory.</summary>
public sealed class DeviceFrameTests : CudaTest
{
    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    [InlineData(false, false, true)]
    public void The_host_sees_the_samples(bool stay, bool keep, bool decoder)
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { Stay = stay })!;
        frames.Keep = keep;
        using DeviceSource source = new(new OddSource(61, 35, 7), backend, frames, decoder);
        for (int i = 0; i < 7; i++)
        {
            using DeviceFrame frame = (DeviceFrame)source.Read()!;
            Assert.Equal((PixelFormat.Nv12, 61, 35, $"{i}"), (frame.Format, frame.Width, frame.Height, frame.Name));
            Assert.Equal(keep, frame.IsOnDevice);
            using PooledFrame expected = OddSource.Frame(61, 35, i);
            Same(expected, frame);
        }
        Assert.Null(source.Read());
        long samples = 7 * ((61 * 35) + (62 * 18));
        Assert.Equal(decoder ? 0 : keep ? samples : 0, frames.UploadedBytes);
        // What came from the host need not go there.
        Assert.Equal(decoder ? samples : 0, frames.DownloadedBytes);
        Assert.InRange(source.MostOutside, 0, frames.SurfacesHeld + 1);
    }

    [Fact]
    public void Only_luma_is_copied_of_frames_that_stay()
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { Stay = true })!;
        using DeviceSource source = new(new OddSource(64, 32, 2), backend, frames, decoder: true);
        using (Frame frame = source.Read()!)
        {
            frame.Plane(0);
            Assert.Equal(64 * 32, frames.DownloadedBytes);
            frame.Plane(1);
            Assert.Equal(64 * 48, frames.DownloadedBytes);
        }
    }

    [Fact]
    public void A_frame_changed_on_the_device_is_fetched_anew()
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { Stay = true })!;
        using DeviceSource source = new(new OddSource(64, 32, 1), backend, frames);
        using DeviceFrame frame = (DeviceFrame)source.Read()!;
        frames.Join(frame);
        // The first row of luma becomes the fourth.
        frames.Copy(frame, 0, 0, 64, 3, 1, frame.DevicePlane(0), frame.DeviceStride);
        frames.Changed(frame);
        frame.WaitForDevice();
        using PooledFrame original = OddSource.Frame(64, 32, 0);
        Assert.Equal(original.Plane(0).RowSpan(3), frame.Plane(0).RowSpan(0));
        Assert.Equal(original.Plane(1).RowSpan(2), frame.Plane(1).RowSpan(2));
        using Frame writable = frame.AsWritable();
        Assert.False(frame.IsOnDevice);
        Assert.Throws<InvalidOperationException>(() => frame.DevicePlane(0));
        writable.Plane(0).RowSpan(0).Fill(7);
        Assert.Equal(7, writable.Plane(0).RowSpan(0)[63]);
    }

    [Fact]
    public void Memory_is_used_again_and_its_limit_leaves_frames_on_the_host()
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { MostBytes = 3 * 512 * 48 })!;
        using DeviceSource source = new(new OddSource(64, 32, 60), backend, frames, decoder: true);
        List<DeviceFrame> kept = [];
        for (int i = 0; i < 5; i++)
            kept.Add((DeviceFrame)source.Read()!);
        Assert.Equal([true, true, true, false, false], kept.Select(f => f.IsOnDevice));
        for (int i = 0; i < 5; i++)
        {
            using PooledFrame expected = OddSource.Frame(64, 32, i);
            Same(expected, kept[i]);
            kept[i].Dispose();
        }
        long allocated = FakeCuda.Calls("cuMemAlloc_v2"), pinned = FakeCuda.Calls("cuMemHostAlloc");
        for (int i = 5; i < 60; i++)
        {
            using DeviceFrame frame = (DeviceFrame)source.Read()!;
            Assert.True(frame.IsOnDevice);
            // Some leave before their copies are made, and some are dropped.
            if (i % 3 == 0)
                frame.LeaveDevice();
            if (i % 5 == 0)
                continue;
            using PooledFrame expected = OddSource.Frame(64, 32, i);
            Same(expected, frame);
        }
        Assert.Equal((allocated, pinned), (FakeCuda.Calls("cuMemAlloc_v2"), FakeCuda.Calls("cuMemHostAlloc")));
    }

    [Theory]
    [InlineData("cuMemcpy2DAsync_v2", 0)]
    [InlineData("cuMemcpy2DAsync_v2", 3)]
    [InlineData("cuEventRecord", 1)]
    [InlineData("cuMemHostAlloc", 0)]
    public void A_failure_gives_the_decoders_picture_back(string function, int after)
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!;
        using DeviceSource source = new(new OddSource(64, 32, 9), backend, frames, decoder: true);
        // One good frame, so that what the source itself enqueues is past.
        source.Read()!.Dispose();
        Holder holder = new();
        using DeviceBuffer picture = backend.Allocate(96 * 64, "a picture");
        using Frame second = frames.Receive(new DeviceSurface(picture.Address, 96, picture.Address + (96 * 40), 96, 64, 32), holder);
        Holder failing = new();
        FakeCuda.fake_cuda_refuse(function, 2, after, 1);
        Assert.ThrowsAny<Exception>(() => frames.Receive(new DeviceSurface(picture.Address, 96, picture.Address + (96 * 40), 96, 64, 32), failing));
        FakeCuda.fake_cuda_allow_all();
        Assert.Equal(1, failing.Disposed);
        Assert.Equal(0, holder.Disposed);
        using (Frame frame = frames.Receive(new DeviceSurface(picture.Address, 96, picture.Address + (96 * 40), 96, 64, 32), new Holder()))
            frame.Plane(1);
    }

    private static void Same(Frame expected, Frame actual)
    {
        for (int plane = 0; plane < 2; plane++)
        {
            for (int y = 0; y < expected.Plane(plane).Height; y++)
                Assert.Equal(expected.Plane(plane).RowSpan(y), actual.Plane(plane).RowSpan(y));
        }
    }

    private sealed class Holder : IDisposable
    {
        public int Disposed { get; private set; }

        public void Dispose() => Disposed++;
    }

    /// <summary>Frames of any size whose samples tell plane, place and number.</summary>
    private sealed class OddSource(int width, int height, int count) : IFrameSource
    {
        private int next;

        public FrameSourceInfo Info => new("memory", width, height, new Rational(25, 1), new Rational(1, 25), count, 0, false);

        public IReadOnlyList<string> Warnings => [];

        public static PooledFrame Frame(int width, int height, int index)
        {
            PooledFrame frame = FramePool.Shared.Rent(width, height, PixelFormat.Nv12);
            for (int plane = 0; plane < 2; plane++)
            {
                for (int y = 0; y < frame.Plane(plane).Height; y++)
                {
                    Span<byte> row = frame.Plane(plane).RowSpan(y);
                    for (int x = 0; x < row.Length; x++)
                        row[x] = (byte)((x * 7) + (y * 13) + (index * 31) + (plane * 101));
                }
            }
            (frame.Index, frame.Name) = (index, $"{index}");
            return frame;
        }

        public Frame? Read(CancellationToken cancellation = default) => next == count ? null : Frame(width, height, next++);

        public void Dispose()
        {
        }
    }
}
