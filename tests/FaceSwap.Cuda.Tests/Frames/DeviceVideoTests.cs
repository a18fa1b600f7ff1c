using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>Videos whose frames go to the device: uploaded after the processor has decoded them, or with NVDEC, which is not here.</summary>
public sealed class DeviceVideoTests : CudaTest
{
    [Fact]
    public void What_cannot_be_decoded_on_the_device_is_decoded_on_the_processor()
    {
        using TempFolder folder = new("nvdec");
        string path = TestClips.Write(folder["clip.mkv"], 5);
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!;
        using VideoReader reader = VideoReader.Open(path, new VideoReaderOptions { Device = frames }), plain = VideoReader.Open(path);
        Assert.Null(plain.Video.DeviceRefusal);
        Assert.NotNull(reader.Video.DeviceRefusal);
        Console.WriteLine(reader.Video.DeviceRefusal);
        Assert.DoesNotContain("0x", reader.Video.DeviceRefusal, StringComparison.Ordinal);
        Assert.False(reader.Video.DeviceRefusal.EndsWith('.'));
        Assert.Equal(plain.Info with { Path = "" }, reader.Info with { Path = "" });
        for (int i = 0; i < 5; i++)
        {
            using Frame frame = reader.Read()!, expected = plain.Read()!;
            Assert.IsType<DecodedFrame>(frame);
            Assert.Equal(expected.Plane(0).RowSpan(7), frame.Plane(0).RowSpan(7));
        }
        Assert.Null(reader.Read());
        Assert.Empty(reader.Warnings);
        Assert.Equal(0, frames.UploadedBytes);
    }
}
