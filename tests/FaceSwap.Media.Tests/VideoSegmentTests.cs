using System.Security.Cryptography;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Videos joined of segments, against the same video written in one piece.</summary>
public sealed class VideoSegmentTests
{
    private static readonly int[] Lengths = [17, 1, 2, 24, 3, 13];

    private static int Total => Lengths.Sum();

    /// <summary>Writes the pattern in segments of those lengths and joins them.</summary>
    private static string Join(TempFolder folder, string name, VideoWriterOptions options, Func<int, long>? time = null, int[]? lengths = null,
        Action<VideoWriter>? before = null)
    {
        string[] segments = Segments(folder, name, options, time, lengths);
        using VideoWriter writer = VideoWriter.Create(folder[name], options);
        before?.Invoke(writer);
        writer.Append(segments);
        writer.Complete();
        return folder[name];
    }

    private static string[] Segments(TempFolder folder, string name, VideoWriterOptions options, Func<int, long>? time = null, int[]? lengths = null)
    {
        lengths ??= Lengths;
        string[] files = [.. lengths.Select((_, i) => folder[$"{name}.{i}.seg"])];
        int n = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            using VideoSegmentWriter segment = VideoSegmentWriter.Create(files[i], folder[name], options, i == 0 ? null : VideoSegmentWriter.Describe(files[0]).Picture);
            for (int k = 0; k < lengths[i]; k++, n++)
            {
                PooledFrame frame = TestClips.Pattern(n, 160, 120);
                if (time is not null)
                    (frame.Pts, frame.Duration) = (time(n), time(n + 1) - time(n));
                segment.Write(frame);
            }
            Assert.Equal(lengths[i], segment.Finish().Frames);
            Assert.Empty(segment.Warnings);
        }
        return files;
    }

    private static (long Pts, long Duration, ulong Sum)[] Frames(string path)
    {
        List<(long, long, ulong)> all = [];
        using VideoReader reader = VideoReader.Open(path);
        TestClips.ReadAll(reader, frame => all.Add((frame.Pts, frame.Duration, TestClips.Sum(frame))));
        Assert.Empty(reader.Warnings);
        return [.. all];
    }

    private static MediaPacket[] Packets(string path, MediaStreamKind kind)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        int index = Enumerable.Range(0, probe.Streams.Count).First(i => probe.Streams[i].Kind == kind);
        return [.. probe.Packets().Where(p => p.Stream == index)];
    }

    private static void RequireEncoder(string codec) => Skip.IfNot(Interop.ShimNative.fs_video_has_encoder(codec) == 1, $"the installed FFmpeg has no {codec}");

    [SkippableTheory]
    [InlineData("a.mp4", "libx264", "medium")]
    [InlineData("a.mkv", "libx264", "medium")]
    [InlineData("a.mov", "libx264", "ultrafast")]
    [InlineData("a.ts", "libx264", "medium")]
    [InlineData("a.mkv", "ffv1", "medium")]
    [InlineData("a.avi", "ffv1", "medium")]
    public void Joined_lossless_segments_are_the_video_in_one_piece(string name, string codec, string preset)
    {
        RequireEncoder(codec);
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Codec = codec, Preset = preset, Crf = 0 };
        string whole = TestClips.Write(folder["whole_" + name], Total, options: options), joined = Join(folder, name, options);
        Assert.Equal(Frames(whole), Frames(joined));
        MediaPacket[] packets = Packets(joined, MediaStreamKind.Video);
        Assert.Equal(Packets(whole, MediaStreamKind.Video).Select(p => p.Dts), packets.Select(p => p.Dts));
        Assert.Equal(Packets(whole, MediaStreamKind.Video).Select(p => p.Pts).Order(), packets.Select(p => p.Pts).Order());
        int first = 0;
        foreach (int length in Lengths)
        {
            Assert.True(packets[first].IsKey, $"packet {first} begins a segment");
            first += length;
        }
    }

    [SkippableTheory]
    [InlineData("a.mp4", "libx264")]
    [InlineData("a.mp4", "libx265")]
    [InlineData("a.mkv", "libx265")]
    [InlineData("a.mp4", "mpeg4")]
    [InlineData("a.avi", "mpeg4")]
    [InlineData("a.webm", "libvpx-vp9")]
    [InlineData("a.mov", "mjpeg")]
    public void Joined_segments_keep_times_and_pictures(string name, string codec)
    {
        RequireEncoder(codec);
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Codec = codec, Crf = 5, Preset = codec == "libx265" ? "ultrafast" : "medium" };
        int[] lengths = codec is "libvpx-vp9" ? [5, 1, 8] : Lengths;
        string whole = TestClips.Write(folder["whole_" + name], lengths.Sum(), options: options), joined = Join(folder, name, options, lengths: lengths);
        Assert.Equal(Frames(whole).Select(f => (f.Pts, f.Duration)), Frames(joined).Select(f => (f.Pts, f.Duration)));
        Assert.Equal(Packets(whole, MediaStreamKind.Video).Select(p => p.Dts), Packets(joined, MediaStreamKind.Video).Select(p => p.Dts));
        using VideoReader reader = VideoReader.Open(joined);
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(n++, 160, 120);
            Assert.InRange(TestClips.Difference(expected.Plane(0), frame.Plane(0)), 0, 4);
        });
    }

    [Theory]
    [InlineData("a.mp4", 0, 0)]
    [InlineData("a.mp4", 1, 20)]
    [InlineData("a.mkv", 0, 20)]
    public void Variable_times_survive_exactly_over_the_seams(string name, int offset, int crf)
    {
        using TempFolder folder = new();
        // Frames close to each other before a seam and far apart after it: an encoder's own times of decoding would go back there.
        long Time(int i) => 90 * ((offset * 50) + (i < 18 ? 4L * i : 80 + (500L * (i - 18))) + (i % 3));
        VideoWriterOptions options = TestClips.Options() with { TimeBase = new Rational(1, 90_000), Crf = crf, Preset = "medium" };
        string whole = TestClips.Write(folder["whole_" + name], Total, options: options, time: Time), joined = Join(folder, name, options, Time);
        long unit = name.EndsWith(".mkv", StringComparison.Ordinal) ? 90 : 1;
        Assert.Equal(Enumerable.Range(0, Total).Select(i => Time(i) / unit), Frames(joined).Select(f => f.Pts));
        Assert.Equal(Frames(whole).Select(f => (f.Pts, f.Duration)), Frames(joined).Select(f => (f.Pts, f.Duration)));
        if (unit > 1)
            return; // Matroska keeps no times of decoding
        MediaPacket[] packets = Packets(joined, MediaStreamKind.Video);
        Assert.Equal(Packets(whole, MediaStreamKind.Video).Select(p => p.Dts), packets.Select(p => p.Dts));
        for (int i = 1; i < packets.Length; i++)
            Assert.True(packets[i].Dts > packets[i - 1].Dts && packets[i].Pts >= packets[i].Dts, $"packet {i}");
    }

    [Theory]
    [InlineData("a.mkv")]
    [InlineData("a.mov")]
    public void Sound_marks_and_gaps_are_those_of_the_video_in_one_piece(string name)
    {
        using TempFolder folder = new();
        string tone = TestClips.WriteTone(folder["tone.wav"], (Total + 10) / 25.0);
        VideoWriterOptions options = TestClips.Options() with
        {
            CopyStreamsFrom = tone,
            Gaps = true,
            Crf = 0,
            Preset = "medium",
            Metadata = new Dictionary<string, string> { ["comment"] = "Altered", ["altered"] = "face-swap" },
        };
        using (VideoWriter writer = VideoWriter.Create(folder["whole_" + name], options))
        {
            for (int i = 0; i < Total; i++)
            {
                if (i == 20)
                    writer.LeaveOut(20, 30);
                writer.Write(TestClips.Pattern(i, 160, 120));
            }
            writer.Complete();
        }
        string joined = Join(folder, name, options, before: writer => writer.LeaveOut(20, 30));
        string whole = folder["whole_" + name];
        Assert.Equal(Frames(whole), Frames(joined));
        Assert.Equal(Packets(whole, MediaStreamKind.Audio).Select(p => (p.Pts, p.Dts, p.Sha256)), Packets(joined, MediaStreamKind.Audio).Select(p => (p.Pts, p.Dts, p.Sha256)));
        using MediaProbe probe = MediaProbe.Open(joined);
        Assert.Equal("face-swap", probe.Metadata["altered"]);
        Assert.Equal("Altered", probe.Metadata["comment"]);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public void The_same_frames_give_the_same_file(string extension)
    {
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Preset = "medium", CopyStreamsFrom = TestClips.WriteTone(folder["tone.wav"], 2) };
        if (extension == "mp4")
            options = options with { CopyStreamsFrom = null };
        string[] once = Segments(folder, "a." + extension, options), again = Segments(folder, "b." + extension, options);
        for (int i = 0; i < once.Length; i++)
            Assert.Equal(SHA256.HashData(File.ReadAllBytes(once[i])), SHA256.HashData(File.ReadAllBytes(again[i])));
        foreach ((string[] files, string name) in (IEnumerable<(string[], string)>)[(once, "a"), (again, "b")])
        {
            using VideoWriter writer = VideoWriter.Create(folder[$"{name}.{extension}"], options);
            writer.Append(files);
            writer.Complete();
        }
        Assert.Equal(File.ReadAllBytes(folder["a." + extension]), File.ReadAllBytes(folder["b." + extension]));
    }

    [Fact]
    public void Later_segments_are_like_the_first_whatever_their_frames_are()
    {
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Crf = 0 };
        using (VideoSegmentWriter first = VideoSegmentWriter.Create(folder["0"], folder["a.mp4"], options, null))
        {
            first.Write(TestClips.Pattern(0, 160, 120));
            Interop.VideoPicture picture = first.Picture;
            Assert.Equal((160, 120), (picture.Width, picture.Height));
            Assert.Equal(picture, first.Finish().Picture);
        }
        using (VideoSegmentWriter second = VideoSegmentWriter.Create(folder["1"], folder["a.mp4"], options, VideoSegmentWriter.Describe(folder["0"]).Picture))
        {
            PooledFrame other = TestClips.Pattern(1, 128, 96, PixelFormat.Yuv444P);
            (other.Matrix, other.Range) = (ColorMatrix.Bt709, ColorRange.Full);
            second.Write(other);
            Assert.Contains("scaled", Assert.Single(second.Warnings));
            second.Finish();
        }
        using (VideoWriter writer = VideoWriter.Create(folder["a.mp4"], options))
        {
            writer.Append([folder["0"], folder["1"]]);
            writer.Complete();
        }
        Assert.Equal(2, Frames(folder["a.mp4"]).Length);
    }

    [Fact]
    public void What_is_no_whole_segment_or_does_not_fit_is_refused()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options();
        string[] good = Segments(folder, "a.mp4", options, lengths: [5, 5]);
        byte[] bytes = File.ReadAllBytes(good[1]);
        foreach (int length in (int[])[0, 10, 100, bytes.Length / 2, bytes.Length - 1])
        {
            File.WriteAllBytes(folder["cut"], bytes[..length]);
            Assert.Contains("damaged", Refused([good[0], folder["cut"]]));
        }
        Assert.Contains("overlap", Refused([good[0], good[0]]));
        TestClips.Write(folder["big.mp4"], 3);
        Assert.Contains("damaged", Refused([folder["big.mp4"]]));
        using (VideoSegmentWriter other = VideoSegmentWriter.Create(folder["other"], folder["a.mp4"], options, null))
        {
            PooledFrame frame = TestClips.Pattern(5, 320, 240);
            other.Write(frame);
            other.Finish();
        }
        Assert.Contains("differently", Refused([good[0], folder["other"]]));
        Assert.False(File.Exists(folder["b.mp4"]));

        string Refused(string[] segments)
        {
            using VideoWriter writer = VideoWriter.Create(folder["b.mp4"], options);
            UserErrorException e = Assert.Throws<UserErrorException>(() => writer.Append(segments));
            Assert.Throws<InvalidOperationException>(writer.Complete);
            return e.Message;
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(0.41, 0.9)]
    public void A_reader_goes_on_at_any_frame(double? start, double? duration)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Crf = 0, Preset = "medium", TimeBase = new Rational(1, 90_000) };
        TestClips.Write(folder["a.mp4"], 60, options: options, time: i => (3600L * i) + (i % 3 * 700));
        VideoReaderOptions reading = new() { StartSeconds = start, DurationSeconds = duration, NameFromBeginning = true };
        List<(long Index, long Pts, string Name, ulong Sum)> all = [];
        long before;
        using (VideoReader whole = VideoReader.Open(folder["a.mp4"], reading))
        {
            TestClips.ReadAll(whole, f => all.Add((f.Index, f.Pts, f.Name, TestClips.Sum(f))));
            before = whole.NamesBefore;
        }
        for (int at = 0; at < all.Count; at += 7)
        {
            List<(long, long, string, ulong)> rest = [];
            using VideoReader reader = VideoReader.Open(folder["a.mp4"], reading with { From = new FramePosition(at, all[at].Pts, before) });
            TestClips.ReadAll(reader, f => rest.Add((f.Index, f.Pts, f.Name, TestClips.Sum(f))));
            Assert.Equal(all[at..], rest);
        }
        Assert.Throws<FramePositionException>(() => VideoReader.Open(folder["a.mp4"], reading with { From = new FramePosition(7, all[7].Pts + 1, before) }).Dispose());
    }
}
