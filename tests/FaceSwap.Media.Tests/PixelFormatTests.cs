using System.Buffers.Binary;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Depth, sampling, planes of RGB and alpha from a decoder to an encoder: unchanged where the encoder takes them, and one sentence where it does not.</summary>
public sealed class PixelFormatTests
{
    private const int Frames = 3;

    private static VideoWriterOptions Lossless(string codec) => TestClips.Options() with { Crf = 0, Codec = codec };

    private static PixelFormat Of(PixelFormat layout, int depth, bool alpha = false) => alpha ? layout.WithDepth(depth).WithAlpha() : layout.WithDepth(depth);

    private static void RequireEncoder(string codec) => Skip.IfNot(ShimNative.fs_video_has_encoder(codec) == 1, $"the installed FFmpeg has no {codec}");

    private static void AssertPattern(string path, PixelFormat format)
    {
        using VideoReader reader = VideoReader.Open(path);
        Assert.Equal(format, reader.Video.Format);
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            Assert.Equal(format, frame.Format);
            using PooledFrame expected = TestClips.Pattern(n++, 64, 48, format);
            Assert.Equal(TestClips.Sum(expected), TestClips.Sum(frame));
        });
        Assert.Equal(Frames, n);
    }

    private static IReadOnlyList<string> Copy(string from, string to, VideoWriterOptions like)
    {
        using VideoReader reader = VideoReader.Open(from);
        using VideoWriter writer = VideoWriter.Create(to, VideoWriterOptions.For(reader) with { Codec = like.Codec, Crf = like.Crf, Preset = like.Preset });
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        return writer.Warnings;
    }

    [Theory]
    [InlineData("ffv1", PixelFormat.Yuv422P, 8, false)]
    [InlineData("ffv1", PixelFormat.Yuv444P, 8, false)]
    [InlineData("ffv1", PixelFormat.Yuv420P, 10, false)]
    [InlineData("ffv1", PixelFormat.Yuv422P, 10, false)]
    [InlineData("ffv1", PixelFormat.Yuv444P, 12, false)]
    [InlineData("ffv1", PixelFormat.Yuv420P, 16, false)]
    [InlineData("ffv1", PixelFormat.Yuv420P, 8, true)]
    [InlineData("ffv1", PixelFormat.Yuv422P, 10, true)]
    [InlineData("ffv1", PixelFormat.Yuv444P, 16, true)]
    [InlineData("ffv1", PixelFormat.Gbrp, 8, false)]
    [InlineData("ffv1", PixelFormat.Gbrp, 10, false)]
    [InlineData("ffv1", PixelFormat.Gbrp, 8, true)]
    [InlineData("ffv1", PixelFormat.Gbrp, 12, true)]
    [InlineData("png", PixelFormat.Gbrp, 16, true)]
    [InlineData("png", PixelFormat.Gbrp, 16, false)]
    [InlineData("libx264", PixelFormat.Yuv420P, 10, false)]
    [InlineData("libx264", PixelFormat.Yuv422P, 8, false)]
    [InlineData("libx264", PixelFormat.Yuv422P, 10, false)]
    [InlineData("libx264", PixelFormat.Yuv444P, 8, false)]
    [InlineData("libx264", PixelFormat.Yuv444P, 10, false)]
    [InlineData("libx264rgb", PixelFormat.Gbrp, 8, false)]
    public void What_a_lossless_encoder_takes_comes_back_to_the_bit(string codec, PixelFormat layout, int depth, bool alpha)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        PixelFormat format = Of(layout, depth, alpha);
        string extension = codec == "png" ? ".mov" : ".mkv";
        TestClips.Write(folder["a" + extension], Frames, 64, 48, Lossless(codec), format);
        AssertPattern(folder["a" + extension], format);
        Assert.Empty(Copy(folder["a" + extension], folder["b" + extension], Lossless(codec)));
        AssertPattern(folder["b" + extension], format);
    }

    [SkippableTheory]
    [InlineData("libx265", PixelFormat.Yuv420P, 10, false)]
    [InlineData("libx265", PixelFormat.Yuv422P, 12, false)]
    [InlineData("libvpx-vp9", PixelFormat.Yuv420P, 10, false)]
    [InlineData("libaom-av1", PixelFormat.Yuv444P, 10, false)]
    [InlineData("libsvtav1", PixelFormat.Yuv420P, 10, false)]
    [InlineData("prores_ks", PixelFormat.Yuv422P, 10, false)]
    [InlineData("mjpeg", PixelFormat.Yuv422P, 8, false)]
    public void Lossy_encoders_keep_depth_and_sampling(string codec, PixelFormat layout, int depth, bool alpha)
    {
        RequireEncoder(codec);
        using TempFolder folder = new();
        PixelFormat format = Of(layout, depth, alpha);
        VideoWriterOptions options = TestClips.Options() with { Codec = codec, Crf = 20, Preset = codec is "libsvtav1" ? "12" : codec == "libx265" ? "ultrafast" : "medium" };
        TestClips.Write(folder["a.mkv"], Frames, 64, 64, options, format);
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        Assert.Equal(format, reader.Video.Format);
    }

    [SkippableTheory]
    [InlineData("mpeg4", "b.mp4", PixelFormat.Yuv422P, 10, false, "10 bits a sample|4:2:2 chroma|yuv422p10le|8 bits|yuv420p|--codec libx264 keeps")]
    [InlineData("mpeg4", "b.mp4", PixelFormat.Yuv444P, 8, false, "4:4:4 chroma|4:2:0 chroma|--codec libx264 keeps")]
    [InlineData("libx264", "b.mp4", PixelFormat.Yuv420P, 12, false, "12 bits a sample|10 bits|yuv420p10le|--codec libx265 keeps")]
    [InlineData("libx264", "b.mp4", PixelFormat.Yuv444P, 10, true, "transparency|yuva444p10le|no alpha|--codec prores_ks in an .mkv file keeps")]
    [InlineData("libx264", "b.mkv", PixelFormat.Yuv420P, 8, true, "transparency|yuva420p|no alpha|--codec libvpx-vp9 keeps")]
    [InlineData("libx264", "b.mov", PixelFormat.Yuv444P, 10, true, "transparency|--codec prores_ks keeps")]
    [InlineData("libx264", "b.mkv", PixelFormat.Gbrp, 8, false, "RGB samples|YUV|yuv444p|keeps")]
    [InlineData("libvpx-vp9", "b.mp4", PixelFormat.Yuv420P, 8, true, "transparency|mp4 files|no alpha")]
    public void What_an_encoder_cannot_keep_is_said_once(string codec, string name, PixelFormat layout, int depth, bool alpha, string words)
    {
        RequireEncoder(codec);
        using TempFolder folder = new();
        TestClips.Write(folder["a.mkv"], Frames, 64, 48, Lossless("ffv1"), Of(layout, depth, alpha));
        string said = Assert.Single(Copy(folder["a.mkv"], folder[name], TestClips.Options() with { Codec = codec }));
        Assert.All(words.Split('|'), word => Assert.Contains(word, said));
        using VideoReader reader = VideoReader.Open(folder[name]);
        Assert.False(reader.Video.Format.HasAlpha);
    }

    [Theory]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Gray8)]
    [InlineData(PixelFormat.Bgr24)]
    public void More_than_the_frames_have_is_no_loss(PixelFormat format)
    {
        using TempFolder folder = new();
        using VideoWriter writer = VideoWriter.Create(folder["a.mov"], TestClips.Options() with { Codec = "prores_ks" });
        writer.Write(TestClips.Pattern(0, 64, 48, format));
        writer.Complete();
        Assert.Empty(writer.Warnings);
    }

    // 4:4:0 and 4:1:1 get chroma between theirs; luma is theirs.
    [Theory]
    [InlineData("yuv440p", PixelFormat.Yuv444P)]
    [InlineData("yuv411p", PixelFormat.Yuv422P)]
    [InlineData("yuv410p", PixelFormat.Yuv420P)]
    public void Rare_samplings_become_the_next_denser(string name, PixelFormat delivered)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mkv"], Frames, 64, 48, Lossless("ffv1") with { PixelFormat = name });
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        Assert.Equal(delivered, reader.Video.Format);
        Assert.Contains(name, reader.Video.Conversion);
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(n++, 64, 48);
            Assert.Equal(0, TestClips.Difference(expected.Plane(0), frame.Plane(0)));
        });
        Assert.Empty(Copy(folder["a.mkv"], folder["b.mp4"], Lossless("libx264")));
        using VideoReader copy = VideoReader.Open(folder["b.mp4"]);
        Assert.Equal(delivered, copy.Video.Format);
    }

    [SkippableFact]
    public void Vp9_keeps_alpha_in_webm()
    {
        RequireEncoder("libvpx-vp9");
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Codec = "libvpx-vp9", Crf = 10, Preset = "medium" };
        PixelFormat format = PixelFormat.Yuv420P.WithAlpha();
        TestClips.Write(folder["a.webm"], Frames, 64, 48, options, format, change: HalfTransparent);
        Assert.Empty(Copy(folder["a.webm"], folder["b.webm"], options));
        foreach (string name in new[] { "a.webm", "b.webm" })
        {
            using VideoReader reader = VideoReader.Open(folder[name]);
            Assert.Equal(format, reader.Video.Format);
            TestClips.ReadAll(reader, frame =>
            {
                Assert.InRange(frame.Plane(3).RowSpan(20)[10], 0, 20);
                Assert.InRange(frame.Plane(3).RowSpan(20)[50], 235, 255);
            });
            Assert.True(SaysAlpha(folder[name]));
        }
        // No player is promised what is not there.
        Assert.Contains("transparency", Assert.Single(Copy(folder["a.webm"], folder["c.mkv"], TestClips.Options())));
        Assert.False(SaysAlpha(folder["c.mkv"]));
    }

    [SkippableTheory]
    [InlineData("a.mkv", "libx264", PixelFormat.Yuv422P, 10, false, 0)]
    [InlineData("a.mov", "prores_ks", PixelFormat.Yuv444P, 10, true, 0)]
    [InlineData("a.webm", "libvpx-vp9", PixelFormat.Yuv420P, 8, true, 0)]
    [InlineData("a.mp4", "libx264", PixelFormat.Yuv420P, 8, true, 1)]
    public void Segments_keep_what_the_whole_keeps(string name, string codec, PixelFormat layout, int depth, bool alpha, int warnings)
    {
        RequireEncoder(codec);
        using TempFolder folder = new();
        PixelFormat format = Of(layout, depth, alpha);
        VideoWriterOptions options = TestClips.Options() with { Codec = codec, Crf = codec == "libx264" ? 0 : 10, Preset = "medium" };
        List<string> files = [], said = [];
        VideoPicture? picture = null;
        for (int i = 0, n = 0; i < 2; i++)
        {
            using VideoSegmentWriter segment = VideoSegmentWriter.Create(folder[$"{i}.seg"], folder[name], options, picture);
            for (int k = 0; k < 2; k++)
                segment.Write(TestClips.Pattern(n++, 64, 48, format));
            picture ??= segment.Picture;
            segment.Finish();
            files.Add(folder[$"{i}.seg"]);
            said.AddRange(segment.Warnings);
        }
        Assert.Equal(warnings, said.Count);
        using (VideoWriter writer = VideoWriter.Create(folder[name], options))
        {
            writer.Append(files);
            writer.Complete();
            Assert.Empty(writer.Warnings);
        }
        using VideoReader reader = VideoReader.Open(folder[name]);
        Assert.Equal(warnings > 0 ? PixelFormat.Yuv420P : layout, reader.Video.Format.Layout);
        Assert.Equal(alpha && warnings == 0, reader.Video.Format.HasAlpha);
        Assert.True(reader.Video.Format.Depth >= depth);
        int read = 0;
        TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(read++, 64, 48, format);
            if (codec == "libx264" && warnings == 0)
                Assert.Equal(TestClips.Sum(expected), TestClips.Sum(frame));
        });
        Assert.Equal(4, read);
    }

    [Theory]
    [InlineData(PixelFormat.Yuv420P, 8, false, 8, 2)]
    [InlineData(PixelFormat.Yuv420P, 10, false, 16, 2)]
    [InlineData(PixelFormat.Yuv444P, 8, true, 8, 6)]
    [InlineData(PixelFormat.Gbrp, 12, true, 16, 6)]
    public void Png_images_have_the_bits_and_the_alpha_of_frames(PixelFormat layout, int depth, bool alpha, int bits, int kind)
    {
        using TempFolder folder = new();
        using (ImageFolderWriter writer = ImageFolderWriter.Create(folder["out"]))
        {
            PooledFrame frame = TestClips.Pattern(0, 32, 24, Of(layout, depth, alpha));
            frame.Name = "a.png";
            writer.Write(frame);
            Assert.Empty(writer.Warnings);
        }
        byte[] png = File.ReadAllBytes(Path.Combine(folder["out"], "a.png"));
        // Signature 8, length and name of the header 8, then width, height, bits, kind of color.
        Assert.Equal((32, 24, bits, kind), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)), png[24], png[25]));
    }

    [Fact]
    public void Other_images_say_once_what_they_cannot_keep()
    {
        using TempFolder folder = new();
        using ImageFolderWriter writer = ImageFolderWriter.Create(folder["out"], new ImageFolderWriterOptions { Extension = ".jpg" });
        for (int i = 0; i < 2; i++)
        {
            PooledFrame frame = TestClips.Pattern(i, 32, 24, Of(PixelFormat.Yuv444P, 10, true));
            frame.Name = $"{i}.png";
            writer.Write(frame);
        }
        string said = Assert.Single(writer.Warnings);
        Assert.All(new[] { "10 bits", "transparency", ".jpg", ".png" }, word => Assert.Contains(word, said));
    }

    private static void HalfTransparent(Frame frame)
    {
        for (int y = 0; y < frame.Height; y++)
        {
            frame.Plane(3).RowSpan(y)[..(frame.Width / 2)].Clear();
            frame.Plane(3).RowSpan(y)[(frame.Width / 2)..].Fill(255);
        }
    }

    private static bool SaysAlpha(string path)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        return probe.Streams.Any(s => s.Metadata.Any(m => m.Key.Equals("alpha_mode", StringComparison.OrdinalIgnoreCase) && m.Value == "1"));
    }
}
