using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Sound, subtitles, chapters, metadata alongside a new picture.</summary>
public sealed class StreamCopyTests
{
    private static string[] Hashes(string path, MediaStreamKind kind)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        int index = Enumerable.Range(0, probe.Streams.Count).First(i => probe.Streams[i].Kind == kind);
        return [.. probe.Packets().Where(p => p.Stream == index).Select(p => p.Sha256)];
    }

    private static IReadOnlyList<string> Transcode(string from, string to, VideoReaderOptions? part = null, Func<VideoWriterOptions, VideoWriterOptions>? change = null)
    {
        using VideoReader reader = VideoReader.Open(from, part);
        VideoWriterOptions options = VideoWriterOptions.For(reader) with { Preset = "ultrafast" };
        using VideoWriter writer = VideoWriter.Create(to, change?.Invoke(options) ?? options);
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        return writer.Warnings;
    }

    private static string Source(TempFolder folder, string name = "source.mkv", int frames = 100, double sound = 4)
    {
        TestClips.WriteTone(folder["tone.wav"], sound);
        return TestClips.Write(folder[name], frames, options: TestClips.Options() with { CopyStreamsFrom = folder["tone.wav"] });
    }

    [Theory]
    [InlineData("out.mkv")]
    [InlineData("out.mov")]
    public void Sound_is_copied_bit_exactly(string output)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string source = Source(folder);
        string[] tone = Hashes(folder["tone.wav"], MediaStreamKind.Audio);
        Assert.True(tone.Length > 3);
        Assert.Equal(tone, Hashes(source, MediaStreamKind.Audio));
        Assert.Empty(Transcode(source, folder[output]));

        byte[] expected = File.ReadAllBytes(folder["tone.wav"])[44..];
        Assert.Equal(64000, expected.Length);
        // A mov may cut PCM into other packets; the bytes are what must be the same.
        if (output == "out.mkv")
            Assert.Equal(tone, Hashes(folder[output], MediaStreamKind.Audio));
        else
            Assert.True(File.ReadAllBytes(folder[output]).AsSpan().IndexOf(expected.AsSpan(0, 1000)) > 0);
        using MediaProbe probe = MediaProbe.Open(folder[output]);
        int audio = Enumerable.Range(0, probe.Streams.Count).First(i => probe.Streams[i].Kind == MediaStreamKind.Audio);
        Assert.Equal(64000, probe.Packets().Where(p => p.Stream == audio).Sum(p => p.Size));
    }

    [Fact]
    public void Streams_are_interleaved()
    {
        using TempFolder folder = new();
        string source = Source(folder, frames: 250, sound: 10);
        Transcode(source, folder["out.mkv"]);
        using MediaProbe probe = MediaProbe.Open(folder["out.mkv"]);
        double[] last = new double[probe.Streams.Count];
        foreach (MediaPacket packet in probe.Packets())
        {
            last[packet.Stream] = (packet.Dts ?? packet.Pts ?? 0) * probe.Streams[packet.Stream].TimeBase.Value;
            Assert.True(Math.Abs(last[0] - last[1]) < 1.2, $"streams are {last[0]} and {last[1]} s apart in the file");
        }
        Assert.True(last.Min() > 9);
    }

    [Fact]
    public void A_stretch_takes_its_own_sound_along()
    {
        using TempFolder folder = new();
        string source = Source(folder, frames: 250, sound: 10);
        Transcode(source, folder["out.mkv"], new VideoReaderOptions { StartSeconds = 3, DurationSeconds = 4 });
        using MediaProbe all = MediaProbe.Open(source);
        using MediaProbe part = MediaProbe.Open(folder["out.mkv"]);
        int audio = all.Streams[0].Kind == MediaStreamKind.Audio ? 0 : 1;
        double unit = all.Streams[audio].TimeBase.Value;
        string[] expected = [.. all.Packets().Where(p => p.Stream == audio && p.Pts * unit >= 3 && p.Pts * unit < 7).Select(p => p.Sha256)];
        MediaPacket[] got = [.. part.Packets()];
        Assert.True(expected.Length > 5);
        Assert.Equal(expected, got.Where(p => p.Stream == audio).Select(p => p.Sha256));
        foreach (int stream in (int[])[0, 1])
        {
            double first = got.Where(p => p.Stream == stream).Min(p => p.Pts!.Value) * part.Streams[stream].TimeBase.Value;
            Assert.InRange(first, 0, 0.6);
        }
        Assert.Equal(100, got.Count(p => p.Stream != audio));
    }

    [Fact]
    public void Sound_longer_than_the_video_ends_with_it_if_asked()
    {
        using TempFolder folder = new();
        TestClips.WriteTone(folder["tone.wav"], 10);
        VideoWriterOptions options = TestClips.Options() with { CopyStreamsFrom = folder["tone.wav"], EndWithVideo = true };
        TestClips.Write(folder["a.mkv"], 50, options: options);
        using MediaProbe probe = MediaProbe.Open(folder["a.mkv"]);
        int audio = probe.Streams[0].Kind == MediaStreamKind.Audio ? 0 : 1;
        MediaPacket last = probe.Packets().Last(p => p.Stream == audio);
        double end = (last.Pts!.Value + last.Duration) * probe.Streams[audio].TimeBase.Value;
        Assert.InRange(end, 1.9, 2.7);
    }

    [Fact]
    public void Subtitles_are_kept_where_the_container_can_hold_them()
    {
        using TempFolder folder = new();
        string subtitles = folder.Write("s.srt", "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:03,500\nWorld\n");
        VideoWriterOptions options = TestClips.Options() with { CopyStreamsFrom = subtitles };
        TestClips.Write(folder["a.mkv"], 100, options: options);
        Assert.Equal(Hashes(subtitles, MediaStreamKind.Subtitle), Hashes(folder["a.mkv"], MediaStreamKind.Subtitle));

        string warning = Assert.Single(Transcode(folder["a.mkv"], folder["b.avi"]));
        Assert.Contains("subrip", warning);
        using MediaProbe probe = MediaProbe.Open(folder["b.avi"]);
        Assert.DoesNotContain(probe.Streams, s => s.Kind == MediaStreamKind.Subtitle);

        // A subtitle that is already shown when the stretch begins is shown from its start.
        Transcode(folder["a.mkv"], folder["c.mkv"], new VideoReaderOptions { StartSeconds = 2, DurationSeconds = 1 });
        using MediaProbe part = MediaProbe.Open(folder["c.mkv"]);
        int stream = Enumerable.Range(0, part.Streams.Count).First(i => part.Streams[i].Kind == MediaStreamKind.Subtitle);
        MediaPacket only = Assert.Single(part.Packets(), p => p.Stream == stream);
        Assert.Equal((0L, 500L), (only.Pts, only.Duration));
    }

    [Theory]
    [InlineData("a.mp4")]
    [InlineData("a.mkv")]
    [InlineData("a.mov")]
    public void Metadata_and_chapters_survive(string name)
    {
        using TempFolder folder = new();
        string notes = folder.Write("notes.txt",
            ";FFMETADATA1\ntitle=A title\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=4000\ntitle=Two\n");
        Dictionary<string, string> mark = new() { ["comment"] = "Altered by faceswap", ["faceswap_provenance"] = "{\"model\": \"Light\", \"ä\": 1}" };
        TestClips.Write(folder[name], 100, options: TestClips.Options() with { CopyStreamsFrom = notes, Metadata = mark });
        // And once more through a reader, with a new comment.
        Transcode(folder[name], folder["again_" + name], change: o => o with { Metadata = new Dictionary<string, string> { ["comment"] = "second" } });
        using MediaProbe first = MediaProbe.Open(folder[name]), second = MediaProbe.Open(folder["again_" + name]);
        Assert.Equal(mark["comment"], first.Metadata["comment"]);
        Assert.Equal("second", second.Metadata["comment"]);
        foreach (MediaProbe probe in (MediaProbe[])[first, second])
        {
            Assert.Equal("A title", probe.Metadata["title"]);
            Assert.Equal(mark["faceswap_provenance"], probe.Metadata["faceswap_provenance"]);
            Assert.Equal(["One", "Two"], probe.Chapters.Select(c => c.Metadata["title"]));
            Assert.Equal((1.0, 4.0), (probe.Chapters[1].Start, probe.Chapters[1].End));
        }
    }

    [Theory]
    [InlineData("a.mkv", false)]
    [InlineData("a.mp4", false)]
    [InlineData("a.mp4", true)]
    public void A_cover_picture_goes_along(string name, bool freeMetadata)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        byte[] cover = TestClips.WriteMp3WithCover(folder["song.mp3"]);
        VideoWriterOptions options = TestClips.Options() with { CopyStreamsFrom = folder["song.mp3"] };
        if (freeMetadata)
            options = options with { Metadata = new Dictionary<string, string> { ["own_key"] = "value" } };
        List<string> warnings = [];
        using (VideoWriter writer = VideoWriter.Create(folder[name], options))
        {
            for (int i = 0; i < 20; i++)
                writer.Write(TestClips.Pattern(i, 64, 48));
            writer.Complete();
            warnings.AddRange(writer.Warnings);
        }
        Assert.Equal(Hashes(folder["song.mp3"], MediaStreamKind.Audio), Hashes(folder[name], MediaStreamKind.Audio));
        using MediaProbe probe = MediaProbe.Open(folder[name]);
        string expected = System.Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(cover));
        int[] covers = [.. Enumerable.Range(0, probe.Streams.Count).Where(i => (probe.Streams[i].Disposition & 0x400) != 0)];
        if (freeMetadata)
        {
            // FFmpeg's mp4 holds either; the mark of origin comes first, and the loss is told.
            Assert.Empty(covers);
            Assert.Contains("cover", Assert.Single(warnings));
            Assert.Equal("value", probe.Metadata["own_key"]);
            return;
        }
        Assert.Empty(warnings);
        int stream = Assert.Single(covers);
        Assert.Equal(expected, Assert.Single(probe.Packets(), p => p.Stream == stream).Sha256);
    }

    [Fact]
    public void A_damaged_source_of_sound_gives_what_it_has()
    {
        using TempFolder folder = new();
        string source = Source(folder, frames: 250, sound: 10);
        byte[] bytes = File.ReadAllBytes(source);
        File.WriteAllBytes(folder["cut.mkv"], bytes[..(bytes.Length / 2)]);
        Transcode(folder["cut.mkv"], folder["out.mkv"]);
        string[] whole = Hashes(source, MediaStreamKind.Audio), got = Hashes(folder["out.mkv"], MediaStreamKind.Audio);
        Assert.InRange(got.Length, 1, whole.Length - 1);
        Assert.Equal(whole[..got.Length], got);
    }
}
