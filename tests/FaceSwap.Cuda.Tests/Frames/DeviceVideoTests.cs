using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>
/// Videos whose frames go to the device. FFmpeg's own code for NVDEC runs here, on a stand-in that decodes JPEG pictures as the processor does and refuses all other
/// codecs; the pictures go through the device's memory.
/// </summary>
public sealed class DeviceVideoTests : CudaTest
{
    private const int Frames = 40;

    private readonly TempFolder folder = new("nvdec");

    [Theory]
    [InlineData(false, true, 160, 120)]
    [InlineData(true, true, 160, 120)]
    [InlineData(false, false, 98, 70)]
    public void Pictures_decoded_on_the_device_are_those_of_the_processor(bool stay, bool keep, int width, int height)
    {
        string path = Jpegs(width, height);
        using CudaBackend backend = Open();
        using (IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { Stay = stay })!)
        {
            frames.Keep = keep;
            using VideoReader reader = VideoReader.Open(path, new VideoReaderOptions { Device = frames }), plain = VideoReader.Open(path);
            Assert.Null(reader.Video.DeviceRefusal);
            Assert.Equal(plain.Info, reader.Info);
            Assert.Equal(plain.Video.Color, reader.Video.Color);
            Assert.Equal(1, FakeCuda.fake_nvcuvid_count("decoders"));
            List<Frame> held = [];
            for (int i = 0; i < Frames; i++)
            {
                DeviceFrame frame = Assert.IsAssignableFrom<DeviceFrame>(reader.Read());
                Assert.Equal(keep, frame.IsOnDevice);
                held.Add(frame);
            }
            Assert.Null(reader.Read());
            // However many frames are held: the decoder has its pictures back but for the last.
            Assert.InRange(FakeCuda.fake_nvcuvid_count("most mapped"), 1, frames.SurfacesHeld + 2);
            Assert.InRange(FakeCuda.fake_nvcuvid_count("surfaces"), frames.SurfacesHeld + 2, 32);
            foreach (Frame frame in held)
            {
                using Frame expected = plain.Read()!;
                Same(expected, frame);
                frame.Dispose();
            }
            Assert.Empty(reader.Warnings);
        }
        CheckNothingIsLeft();
    }

    [Fact]
    public void A_stretch_is_decoded_from_its_first_frame()
    {
        string path = Jpegs(160, 120);
        using CudaBackend backend = Open();
        using (IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!)
        {
            VideoReaderOptions stretch = new() { StartSeconds = 0.5, DurationSeconds = 0.4, NameFromBeginning = true };
            using VideoReader reader = VideoReader.Open(path, stretch with { Device = frames }), plain = VideoReader.Open(path, stretch);
            int count = 0;
            while (plain.Read() is { } expected)
            {
                using Frame frame = reader.Read()!;
                using (expected)
                    Same(expected, frame);
                count++;
            }
            Assert.Equal(10, count);
            Assert.Null(reader.Read());
        }
        CheckNothingIsLeft();
    }

    [Theory]
    [InlineData("codec", "NVDEC refuses it (Hardware is lacking required capabilities)")]
    [InlineData("caps", "NVDEC refuses it (Hardware is lacking required capabilities)")]
    [InlineData("decoder", "NVDEC refuses it (")]
    [InlineData("map", "NVDEC does not decode it (")]
    [InlineData("size", "NVDEC refuses it (Video width")]
    [InlineData("chroma", "frames on the device have 8 bits and halved chroma, and its pixel format is yuvj444p")]
    [InlineData("depth", "frames on the device have 8 bits and halved chroma, and its pixel format is yuv420p10le")]
    [InlineData("ffv1", "the installed FFmpeg decodes ffv1 on the processor only")]
    [InlineData("rotation", "it is stored rotated")]
    [InlineData("driver", "FFmpeg cannot use the NVIDIA driver (")]
    public void What_the_device_cannot_decode_the_processor_does(string what, string reason)
    {
        string path = what switch
        {
            "codec" => TestClips.Write(folder["clip.mkv"], 5),
            "depth" => TestClips.Write(folder["clip.mkv"], 5, options: TestClips.Options() with { Codec = "libx265", PixelFormat = "yuv420p10le" }),
            "ffv1" => TestClips.Write(folder["clip.mkv"], 5, options: TestClips.Options() with { Codec = "ffv1" }),
            "rotation" => Rotated(),
            "size" => Jpegs(4112, 16, 2),
            "chroma" => Jpegs(160, 120, 5, "yuvj444p"),
            _ => Jpegs(160, 120, 60),
        };
        using CudaBackend backend = Open();
        using (IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!)
        {
            FakeCuda.fake_nvcuvid_refuse(what, what is "caps" or "decoder" or "map" ? 1 : 0);
            try
            {
                if (what == "driver")
                    FakeCuda.fake_cuda_refuse("cuCtxPushCurrent_v2", 201, 0, -1);
                using VideoReader reader = VideoReader.Open(path, new VideoReaderOptions { Device = frames });
                FakeCuda.fake_cuda_allow_all();
                using VideoReader plain = VideoReader.Open(path);
                Assert.Null(plain.Video.DeviceRefusal);
                if (what != "driver")
                    Assert.StartsWith(reason, reader.Video.DeviceRefusal, StringComparison.Ordinal);
                Assert.DoesNotContain("0x", reader.Video.DeviceRefusal!, StringComparison.Ordinal);
                Assert.False(reader.Video.DeviceRefusal!.EndsWith('.'));
                Assert.Equal(plain.Info, reader.Info);
                while (plain.Read() is { } expected)
                {
                    using Frame frame = reader.Read()!;
                    Assert.IsType<DecodedFrame>(frame);
                    Assert.Equal(expected.Plane(0).RowSpan(7), frame.Plane(0).RowSpan(7));
                    expected.Dispose();
                }
                Assert.Null(reader.Read());
                Assert.Empty(reader.Warnings);
                Assert.Equal(0, frames.DownloadedBytes);
            }
            finally
            {
                FakeCuda.fake_nvcuvid_refuse(what, 0);
            }
        }
        CheckNothingIsLeft();
    }

    [Fact]
    public void A_missing_file_is_told_as_without_a_device()
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!;
        File.WriteAllText(folder["text.mkv"], "no video");
        string without = Assert.Throws<UserErrorException>(() => VideoReader.Open(folder["text.mkv"])).Message;
        Assert.Equal(without, Assert.Throws<UserErrorException>(() => VideoReader.Open(folder["text.mkv"], new VideoReaderOptions { Device = frames })).Message);
    }

    [Fact]
    public void Frames_decoded_on_the_processor_are_uploaded_if_asked()
    {
        string path = TestClips.Write(folder["clip.mkv"], 7);
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!;
        using VideoReader reader = VideoReader.Open(path, new VideoReaderOptions { Device = frames, Decoding = DeviceDecoding.Upload }), plain = VideoReader.Open(path);
        Assert.Null(reader.Video.DeviceRefusal);
        for (int i = 0; i < 7; i++)
        {
            using Frame expected = plain.Read()!;
            using DeviceFrame frame = Assert.IsAssignableFrom<DeviceFrame>(reader.Read());
            Assert.True(frame.IsOnDevice);
            Same(expected, frame);
        }
        Assert.Equal(7 * 160 * 180, frames.UploadedBytes);
    }

    /// <inheritdoc/>
    protected override void Clean() => folder.Dispose();

    private static void CheckNothingIsLeft()
    {
        Assert.Equal((0L, 0L, 0L), (FakeCuda.fake_nvcuvid_count("decoders"), FakeCuda.fake_nvcuvid_count("mapped"), FakeCuda.fake_nvcuvid_count("faults")));
    }

    private static void Same(Frame expected, Frame actual)
    {
        Assert.Equal((expected.Index, expected.Name, expected.Pts, expected.Duration, expected.Matrix, expected.Range, expected.Width, expected.Height),
            (actual.Index, actual.Name, actual.Pts, actual.Duration, actual.Matrix, actual.Range, actual.Width, actual.Height));
        using PooledFrame packed = FramePool.Shared.Rent(expected.Width, expected.Height, PixelFormat.Nv12);
        FramePacking.ToNv12(expected, packed.Plane(0), packed.Plane(1));
        for (int plane = 0; plane < 2; plane++)
        {
            for (int y = 0; y < packed.Plane(plane).Height; y++)
                Assert.Equal(packed.Plane(plane).RowSpan(y), actual.Plane(plane).RowSpan(y));
        }
    }

    private string Jpegs(int width, int height, int count = Frames, string format = "yuvj420p") => TestClips.Write(folder["jpegs.mkv"], count, width, height,
        TestClips.Options() with { Codec = "mjpeg", PixelFormat = format, Crf = 5 }, change: frame => frame.Range = ColorRange.Full);

    private string Rotated()
    {
        string path = TestClips.Write(folder["turned.mp4"], 5);
        TestClips.SetRotation(path, 90);
        return path;
    }
}
