using System.Buffers.Binary;
using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>What a stream says of its pictures beside their samples: HDR10's light, fields, and what is said when they cannot be kept.</summary>
public sealed class VideoSignalTests
{
    private const ushort BrightestPixel = 1000, BrightestFrame = 400;

    // BT.2020's primaries and D65, green, blue, red, white, in units of 0.00002; 1000 and 0.0001 cd/m² in units of 0.0001.
    private static readonly ushort[] Primaries = [8500, 39850, 6550, 2300, 35400, 14600, 15635, 16450];

    // A video whose mp4 has HDR10's boxes, written into one without them: mdcv and clli are the last boxes of the sample description.
    private static string WriteHdr(string path)
    {
        TestClips.Write(path, 6, 64, 48, TestClips.Options() with { Color = new ColorTags(9, 9, 16, 1) });
        byte[] mastering = new byte[32], light = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(mastering, 32);
        "mdcv"u8.CopyTo(mastering.AsSpan(4));
        for (int i = 0; i < Primaries.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(mastering.AsSpan(8 + (2 * i)), Primaries[i]);
        BinaryPrimitives.WriteUInt32BigEndian(mastering.AsSpan(24), 10_000_000);
        BinaryPrimitives.WriteUInt32BigEndian(mastering.AsSpan(28), 1);
        BinaryPrimitives.WriteInt32BigEndian(light, 12);
        "clli"u8.CopyTo(light.AsSpan(4));
        BinaryPrimitives.WriteUInt16BigEndian(light.AsSpan(8), BrightestPixel);
        BinaryPrimitives.WriteUInt16BigEndian(light.AsSpan(10), BrightestFrame);
        File.WriteAllBytes(path, Insert(File.ReadAllBytes(path), [.. mastering, .. light]));
        return path;
    }

    // Puts boxes to the end of the first sample entry; moov lies behind the samples, whose places do not change.
    private static byte[] Insert(byte[] file, byte[] boxes)
    {
        foreach (ReadOnlySpan<byte> name in new[] { "moov"u8.ToArray(), "trak"u8.ToArray(), "mdia"u8.ToArray(), "minf"u8.ToArray(), "stbl"u8.ToArray(), "stsd"u8.ToArray(), "avc1"u8.ToArray() })
        {
            int at = file.AsSpan().LastIndexOf(name) - 4;
            Assert.True(at >= 0 && file.AsSpan().LastIndexOf("mdat"u8) < file.AsSpan().LastIndexOf("moov"u8), "the expected boxes, in the expected order");
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at)) + boxes.Length);
        }
        int entry = file.AsSpan().LastIndexOf("avc1"u8) - 4;
        int end = entry + BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(entry)) - boxes.Length;
        return [.. file[..end], .. boxes, .. file[end..]];
    }

    private static IReadOnlyList<string> Copy(string from, string to, Func<VideoWriterOptions, VideoWriterOptions>? change = null)
    {
        using VideoReader reader = VideoReader.Open(from);
        VideoWriterOptions options = VideoWriterOptions.For(reader) with { Preset = "ultrafast" };
        using VideoWriter writer = VideoWriter.Create(to, change?.Invoke(options) ?? options);
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        return writer.Warnings;
    }

    private static bool HoldsLight(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        byte[] primaries = new byte[16], light = new byte[4];
        for (int i = 0; i < Primaries.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(primaries.AsSpan(2 * i), Primaries[i]);
        BinaryPrimitives.WriteUInt16BigEndian(light, BrightestPixel);
        BinaryPrimitives.WriteUInt16BigEndian(light.AsSpan(2), BrightestFrame);
        return file.AsSpan().IndexOf(primaries) >= 0 && file.AsSpan().IndexOf(light) >= 0;
    }

    [Theory]
    [InlineData("b.mp4", "libx264")]
    [InlineData("b.mov", "libx264")]
    [InlineData("b.ts", "libx264")]
    [InlineData("b.mp4", "mpeg4")]
    public void Light_of_hdr10_is_kept(string output, string codec)
    {
        using TempFolder folder = new();
        WriteHdr(folder["a.mp4"]);
        Assert.True(HoldsLight(folder["a.mp4"]));
        Assert.DoesNotContain(Copy(folder["a.mp4"], folder[output], o => o with { Codec = codec }), w => w.Contains("HDR10", StringComparison.Ordinal));
        Assert.True(HoldsLight(folder[output]), output);
    }

    [Fact]
    public void Light_that_nothing_holds_is_missed_once()
    {
        using TempFolder folder = new();
        WriteHdr(folder["a.mp4"]);
        string warning = Assert.Single(Copy(folder["a.mp4"], folder["b.avi"], o => o with { Codec = "mpeg4" }), w => w.Contains("HDR10", StringComparison.Ordinal));
        Assert.Contains("content light level", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_carry_the_light_too()
    {
        using TempFolder folder = new();
        WriteHdr(folder["a.mp4"]);
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        VideoWriterOptions options = VideoWriterOptions.For(reader) with { Preset = "ultrafast" };
        using (VideoSegmentWriter segment = VideoSegmentWriter.Create(folder["0.seg"], folder["b.mp4"], options, null))
        {
            while (reader.Read() is { } frame)
                segment.Write(frame);
            segment.Finish();
        }
        using (VideoWriter writer = VideoWriter.Create(folder["b.mp4"], options))
        {
            writer.Append([folder["0.seg"]]);
            writer.Complete();
        }
        Assert.True(HoldsLight(folder["b.mp4"]));
    }

    private static string WriteInterlaced(TempFolder folder, string name, FieldOrder order, string codec = "libx264")
    {
        VideoSignal signal = new([.. BitConverter.GetBytes(order == FieldOrder.TopFirst ? 2 : 3), .. BitConverter.GetBytes(0)], order);
        return TestClips.Write(folder[name], 6, 64, 48, TestClips.Options() with { Codec = codec, Signal = signal });
    }

    private static FieldOrder Fields(string path)
    {
        using VideoReader reader = VideoReader.Open(path);
        return reader.Video.Signal.Fields;
    }

    [Theory]
    [InlineData(FieldOrder.TopFirst, "libx264", "mp4")]
    [InlineData(FieldOrder.BottomFirst, "libx264", "mp4")]
    [InlineData(FieldOrder.TopFirst, "mpeg2video", "mpg")]
    [InlineData(FieldOrder.BottomFirst, "mpeg2video", "mkv")]
    [InlineData(FieldOrder.TopFirst, "prores_ks", "mov")]
    [InlineData(FieldOrder.BottomFirst, "ffv1", "mkv")]
    public void Interlaced_stays_interlaced(FieldOrder order, string codec, string container)
    {
        using TempFolder folder = new();
        string source = WriteInterlaced(folder, "a.mp4", order), output = folder["b." + container];
        Assert.Equal(order, Fields(source));
        Assert.DoesNotContain(Copy(source, output, o => o with { Codec = codec }), w => w.Contains("interlaced", StringComparison.Ordinal));
        Assert.Equal(order, Fields(output));
    }

    [Fact]
    public void An_encoder_without_fields_says_so_once()
    {
        using TempFolder folder = new();
        string source = WriteInterlaced(folder, "a.mp4", FieldOrder.TopFirst);
        Assert.Single(Copy(source, folder["b.mp4"], o => o with { Codec = "libx265" }), w => w.Contains("interlaced", StringComparison.Ordinal));
        Assert.Equal(FieldOrder.Progressive, Fields(folder["b.mp4"]));
    }

    [Fact]
    public void A_progressive_video_stays_progressive()
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 4, 64, 48);
        Assert.Empty(Copy(folder["a.mp4"], folder["b.mp4"]));
        Assert.Equal(FieldOrder.Progressive, Fields(folder["b.mp4"]));
    }

    [Fact]
    public void Scaling_does_not_mix_the_fields()
    {
        using TempFolder folder = new();
        VideoSignal signal = new([.. BitConverter.GetBytes(2), .. BitConverter.GetBytes(0)], FieldOrder.TopFirst);
        // One field black, the other white: any mixing makes grey.
        TestClips.Write(folder["a.mp4"], 2, 64, 48, TestClips.Options() with { Crf = 0, Signal = signal }, change: frame =>
        {
            for (int y = 0; y < frame.Height; y++)
                frame.Plane(0).RowSpan(y).Fill(y % 2 == 0 ? (byte)16 : (byte)235);
        });
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        using Frame scaled = FrameConversion.Scale(reader.Read()!, 64, 96);
        for (int y = 0; y < scaled.Height; y++)
            Assert.All(scaled.Plane(0).RowSpan(y).ToArray(), v => Assert.Equal(y % 2 == 0 ? 16 : 235, v));
    }
}
