using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Tests;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Cuda.Tests;

/// <summary>Whole conversions whose frames are on the device, against those whose frames are on the host: the same videos.</summary>
public sealed class DeviceWorkflowTests : CudaTest
{
    private readonly TempFolder folder = new("device-workflow");
    private readonly List<string> warnings = [], notes = [];

    [Theory]
    [InlineData(VideoHardware.Upload)]
    [InlineData(VideoHardware.Device)]
    public void A_video_becomes_the_same(VideoHardware hardware)
    {
        string input = Input(hardware), model = ConvertClip.Model(folder);
        ConvertSummary host = Run(Options(input, model, "host.mkv") with { Hardware = VideoHardware.None }), device = Run(Options(input, model, "device.mkv") with { Hardware = hardware });
        Assert.Equal((12, 12, 0), (device.Frames, device.FacesConverted, device.FramesWithoutFace));
        Assert.Empty(warnings);
        Same("host.mkv", "device.mkv");
        using VideoReader reader = VideoReader.Open(input);
        long frame = reader.Info.Width * reader.Info.Height * 3L / 2;
        // Whole frames cross once, down or up; of the faces only what is new comes back, and nothing goes up but their slots.
        if (hardware == VideoHardware.Device)
        {
            Assert.InRange(device.DownloadedBytes, 12 * frame, (12 * frame) + host.DownloadedBytes);
            Assert.InRange(device.UploadedBytes, 1, host.UploadedBytes / 4);
        }
        else
        {
            Assert.InRange(device.UploadedBytes, 12 * frame, (12 * frame) + host.UploadedBytes);
            Assert.InRange(device.DownloadedBytes, host.DownloadedBytes * 9 / 10, host.DownloadedBytes);
        }
    }

    [Fact]
    public void Several_videos_of_which_one_goes_to_the_processor_become_the_same()
    {
        string jpegs = Input(VideoHardware.Device), other = ConvertClip.Write(folder, 6), model = ConvertClip.Model(folder);
        ConvertFile[] Files(string name) => [new(jpegs, folder[$"{name}1.mkv"]), new(other, folder[$"{name}2.mkv"]), new(jpegs, folder[$"{name}3.mkv"])];
        using CudaBackend backend = Open(deterministic: true);
        foreach (VideoHardware hardware in (VideoHardware[])[VideoHardware.None, VideoHardware.Auto])
        {
            ConvertManySummary done = new ConvertManyWorkflow(Options("", model, "") with { Hardware = hardware }, Files(hardware.ToString()), backend, warnings.Add, notes.Add).Run();
            Assert.Empty(done.Failed);
        }
        Assert.Empty(warnings);
        Assert.Contains(notes, n => n.Contains("is decoded on the processor: NVDEC refuses it (Hardware is lacking required capabilities)", StringComparison.Ordinal));
        for (int i = 1; i <= 3; i++)
            Same($"None{i}.mkv", $"Auto{i}.mkv");
    }

    [Fact]
    public void Converters_that_run_on_the_processor_take_such_frames_too()
    {
        string input = Input(VideoHardware.Device), model = ConvertClip.Model(folder);
        BlendOptions adjust = new() { Converter = ConverterKind.Adjust };
        Run(Options(input, model, "host.mkv") with { Hardware = VideoHardware.None, Blend = adjust, OutputScale = 50 });
        ConvertSummary device = Run(Options(input, model, "device.mkv") with { Blend = adjust, OutputScale = 50 });
        Assert.Equal(12, device.FacesConverted);
        Assert.Equal(0, device.UploadedBytes);
        Same("host.mkv", "device.mkv");
    }

    [Fact]
    public void What_is_asked_for_and_cannot_be_is_told()
    {
        string input = ConvertClip.Write(folder, 3), model = ConvertClip.Model(folder);
        Run(Options(input, model, "a.mkv") with { Hardware = VideoHardware.Device, Codec = "auto" });
        Assert.Contains("is decoded on the processor: NVDEC refuses it", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains("encoder: libx264", notes);
        using CpuBackend cpu = new(1);
        ConvertOptions options = Options(input, model, "b.mkv") with { Hardware = VideoHardware.Device };
        Assert.StartsWith("--hwaccel cuda needs a GPU", Assert.Throws<UserErrorException>(() => new ConvertWorkflow(options, cpu).Run()).Message, StringComparison.Ordinal);
        new ConvertWorkflow(options with { Hardware = VideoHardware.Auto, Codec = "auto" }, cpu).Run();
        Assert.True(File.Exists(folder["b.mkv"]));
        string refused = Assert.Throws<UserErrorException>(() => Run(Options(input, model, "c.mkv") with { Codec = "h264_nvenc" })).Message;
        Assert.Contains("the encoder h264_nvenc does not start", refused, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["c.mkv"]));
    }

    [Fact]
    public void The_devices_abilities_are_found_out_by_trying()
    {
        using CudaBackend backend = Open();
        using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions())!;
        Assert.Null(DeviceVideo.DecoderTrouble(frames, "mjpeg"));
        foreach (string codec in DeviceVideo.Decoders)
            Assert.Equal("NVDEC refuses it (Hardware is lacking required capabilities)", DeviceVideo.DecoderTrouble(frames, codec));
        foreach (string codec in DeviceVideo.Encoders)
            Assert.NotEmpty(DeviceVideo.EncoderTrouble(frames, codec)!);
        Assert.Equal("the installed FFmpeg has no encoder 'libx264' for frames on a device", DeviceVideo.EncoderTrouble(frames, "libx264"));
    }

    /// <inheritdoc/>
    protected override void Clean() => folder.Dispose();

    private ConvertOptions Options(string input, string model, string output) => new()
    {
        Input = input,
        Output = folder[output],
        ModelDirectory = model,
        BatchSize = 5,
        Precision = Precision.Fp32,
        Crf = 0,
        Preset = "ultrafast",
        Detect = true,
    };

    private ConvertSummary Run(ConvertOptions options)
    {
        using CudaBackend backend = Open(deterministic: true);
        return new ConvertWorkflow(options, backend, warnings.Add, notes.Add).Run();
    }

    // The stand-in decodes JPEG pictures.
    private string Input(VideoHardware hardware)
    {
        string clip = ConvertClip.Write(folder, 12);
        if (hardware != VideoHardware.Device)
            return clip;
        using VideoReader reader = VideoReader.Open(clip);
        string path = folder["jpegs.mkv"];
        using (VideoWriter writer = VideoWriter.Create(path, VideoWriterOptions.For(reader) with { Codec = "mjpeg", PixelFormat = "yuvj420p", Crf = 5 }))
        {
            while (reader.Read() is { } frame)
                writer.Write(frame);
            writer.Complete();
        }
        return path;
    }

    private void Same(string expected, string actual)
    {
        using VideoReader left = VideoReader.Open(folder[expected]), right = VideoReader.Open(folder[actual]);
        Assert.Equal(left.Info with { Path = "" }, right.Info with { Path = "" });
        Assert.Equal(left.Video with { }, right.Video with { });
        int frames = 0;
        while (left.Read() is { } a)
        {
            using Frame b = right.Read()!;
            Assert.Equal((a.Pts, a.Duration), (b.Pts, b.Duration));
            for (int plane = 0; plane < a.PlaneCount; plane++)
            {
                for (int y = 0; y < a.Plane(plane).Height; y++)
                    Assert.True(a.Plane(plane).RowSpan(y).SequenceEqual(b.Plane(plane).RowSpan(y)), $"frame {frames}, plane {plane}, row {y}");
            }
            a.Dispose();
            frames++;
        }
        Assert.InRange(frames, 6, 12);
        Assert.Null(right.Read());
    }
}
