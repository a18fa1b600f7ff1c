using System.Diagnostics;
using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Sound and subtitles that the output's container cannot hold.</summary>
public sealed class StreamRecodeTests
{
    private static List<string> Transcode(string from, string to, VideoReaderOptions? part = null, Func<VideoWriterOptions, VideoWriterOptions>? change = null)
    {
        using VideoReader reader = VideoReader.Open(from, part);
        VideoWriterOptions options = VideoWriterOptions.For(reader) with { Preset = "ultrafast" };
        using VideoWriter writer = VideoWriter.Create(to, change?.Invoke(options) ?? options);
        List<string> atOnce = [.. writer.Warnings];
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        Assert.Equal(atOnce, writer.Warnings);      // what becomes of a stream is known before the work
        return atOnce;
    }

    private static (MediaStream Stream, MediaPacket[] Packets) Only(string path, MediaStreamKind kind)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        int index = Assert.Single(Enumerable.Range(0, probe.Streams.Count), i => probe.Streams[i].Kind == kind);
        return (probe.Streams[index], [.. probe.Packets().Where(p => p.Stream == index)]);
    }

    private static string Source(TempFolder folder, string sound) =>
        TestClips.Write(folder["source.mkv"], 100, 64, 48, TestClips.Options() with { CopyStreamsFrom = sound });

    [Theory]
    [InlineData("out.mp4", "libx264", "aac")]
    [InlineData("out.m4v", "libx264", "aac")]
    [InlineData("out.ts", "libx264", "aac")]
    [InlineData("out.webm", "libvpx", "opus")]
    public void Uncompressed_sound_is_encoded(string output, string codec, string expected)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string warning = Assert.Single(Transcode(Source(folder, TestClips.WriteTone(folder["tone.wav"], 4)), folder[output], change: o => o with { Codec = codec }));
        Assert.Contains($"(audio, pcm_s16le) is re-coded as {expected}", warning);
        (MediaStream stream, MediaPacket[] packets) = Only(folder[output], MediaStreamKind.Audio);
        Assert.Equal(expected, stream.Codec);
        double end = (packets[^1].Pts!.Value + packets[^1].Duration - packets[0].Pts!.Value) * stream.TimeBase.Value;
        Assert.InRange(end, 4.0, 4.4);
        for (int i = 1; i < packets.Length; i++)
            Assert.True(packets[i].Pts > packets[i - 1].Pts);
    }

    [SkippableTheory]
    [InlineData("out.mp4", 2, null, "0.25 1 2 3")]
    [InlineData("out.mp4", 6, null, "0.25 1 2 3")]
    [InlineData("out.webm", 6, null, "0.25 1 2 3")]
    [InlineData("out.mp4", 2, 0.48, "0.52 1.52 2.52")]
    public void Encoded_sound_keeps_its_times(string output, int channels, double? start, string clicks)
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg"), "the program ffmpeg, which decodes the sound again, is not here");
        using TempFolder folder = new();
        string source = Source(folder, TestClips.WriteClicks(folder["clicks.wav"], channels, 4, 0.25, 1, 2, 3));
        Transcode(source, folder[output], new VideoReaderOptions { StartSeconds = start },
            o => o with { Codec = output.EndsWith("webm", StringComparison.Ordinal) ? "libvpx" : "libx264" });
        double picture = FirstPicture(folder[output]);
        // FFmpeg's muxer moves the pictures of a WebM, but not its sound, by the 6.5 ms that an Opus decoder needs to swing in.
        double exact = output.EndsWith("webm", StringComparison.Ordinal) ? 0.009 : 0.002;
        Assert.Equal(clicks.Split(' ').Select(c => double.Parse(c, System.Globalization.CultureInfo.InvariantCulture)),
            Clicks(folder[output]).Select(c => c - picture), (a, b) => Math.Abs(a - b) < exact);
    }

    [SkippableFact]
    public void What_is_left_out_is_cut_from_encoded_sound_at_the_sample()
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg"), "the program ffmpeg, which decodes the sound again, is not here");
        using TempFolder folder = new();
        string source = Source(folder, TestClips.WriteClicks(folder["clicks.wav"], 1, 4, 0.25, 1, 2, 3));
        using (VideoReader reader = VideoReader.Open(source))
        using (VideoWriter writer = VideoWriter.Create(folder["out.mp4"], VideoWriterOptions.For(reader) with { Preset = "ultrafast", Gaps = true }))
        {
            // Frames 20 to 44 go, which is [0.8, 1.8).
            long removed = 0, gap = 0;
            while (reader.Read() is { } frame)
            {
                if (frame.Index is >= 20 and < 45)
                {
                    gap = frame.Index == 20 ? frame.Pts : gap;
                    frame.Dispose();
                    continue;
                }
                if (frame.Index == 45)
                {
                    removed = frame.Pts - gap;
                    writer.LeaveOut(gap, frame.Pts);
                }
                frame.Pts -= removed;
                writer.Write(frame);
            }
            writer.Complete();
        }
        Assert.Equal([0.25, 1, 2], Clicks(folder["out.mp4"]), (a, b) => Math.Abs(a - b) < 0.002);
    }

    [Fact]
    public void Text_subtitles_take_the_form_that_the_container_knows()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string subtitles = folder.Write("s.srt", "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:03,500\nWorld\n");
        TestClips.Write(folder["a.mkv"], 100, 64, 48, TestClips.Options() with { CopyStreamsFrom = subtitles });
        Assert.Contains("(subtitle, subrip) is re-coded as mov_text", Assert.Single(Transcode(folder["a.mkv"], folder["b.mp4"])));
        Assert.Equal("mov_text", Only(folder["b.mp4"], MediaStreamKind.Subtitle).Stream.Codec);
        Assert.Contains("(subtitle, mov_text) is re-coded as subrip", Assert.Single(Transcode(folder["b.mp4"], folder["c.mkv"])));
        (MediaStream stream, MediaPacket[] packets) = Only(folder["c.mkv"], MediaStreamKind.Subtitle);
        Assert.Equal("subrip", stream.Codec);
        Assert.Equal([(1000L, 1500L), (3000L, 500L)], packets.Select(p => (p.Pts!.Value, p.Duration)));
        string hello = System.Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("Hello"u8));
        Assert.Equal(hello, packets[0].Sha256);
        Transcode(folder["b.mp4"], folder["d.webm"], change: o => o with { Codec = "libvpx" });
        Assert.Equal("webvtt", Only(folder["d.webm"], MediaStreamKind.Subtitle).Stream.Codec);
        // A subtitle that is already shown when the stretch begins is shown from its start.
        Transcode(folder["b.mp4"], folder["e.mkv"], new VideoReaderOptions { StartSeconds = 2, DurationSeconds = 1 });
        MediaPacket only = Assert.Single(Only(folder["e.mkv"], MediaStreamKind.Subtitle).Packets);
        Assert.Equal((0L, 500L), (only.Pts, only.Duration));
    }

    [Fact]
    public void Sound_that_would_be_lost_is_refused_before_the_work()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        byte[] wave = File.ReadAllBytes(TestClips.WriteTone(folder["tone.wav"], 1));
        (wave[20], wave[21]) = (0x75, 0);       // MetaSound, which cannot be decoded without extradata
        File.WriteAllBytes(folder["odd.wav"], wave);
        VideoWriterOptions options = TestClips.Options() with { CopyStreamsFrom = folder["odd.wav"] };
        UserErrorException e = Assert.Throws<UserErrorException>(() => VideoWriter.Create(folder["a.mp4"], options).Dispose());
        Assert.Contains("cannot hold its sound (metasound)", e.Message);
        Assert.Contains(".mkv", e.Message);
        TestClips.Write(folder["a.mkv"], 10, 64, 48, options);
        Assert.Equal("metasound", Only(folder["a.mkv"], MediaStreamKind.Audio).Stream.Codec);
    }

    [Fact]
    public void Chapter_tracks_do_not_pile_up()
    {
        using TempFolder folder = new();
        string notes = folder.Write("notes.txt", ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n");
        TestClips.Write(folder["0.mp4"], 50, 64, 48, TestClips.Options() with { CopyStreamsFrom = notes });
        for (int i = 0; i < 2; i++)
            Assert.Empty(Transcode(folder[$"{i}.mp4"], folder[$"{i + 1}.mp4"]));
        using MediaProbe before = MediaProbe.Open(folder["0.mp4"]), after = MediaProbe.Open(folder["2.mp4"]);
        Assert.Equal(before.Streams.Select(s => (s.Kind, s.Codec)), after.Streams.Select(s => (s.Kind, s.Codec)));
        Assert.Equal(before.Chapters.Select(c => c.Metadata["title"]), after.Chapters.Select(c => c.Metadata["title"]));
    }

    [Theory]
    [InlineData("huffyuv", "yuv422p")]
    [InlineData("msmpeg4", "yuv420p")]
    [InlineData("ffvhuff", "yuv420p")]
    public void Matroska_takes_what_has_a_FourCC(string codec, string format)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mkv"], 10, 64, 48, TestClips.Options() with { Codec = codec, PixelFormat = format });
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        Assert.Equal(10, TestClips.ReadAll(reader));
    }

    [Theory]
    [InlineData("a.ts", "libvpx")]
    [InlineData("a.mkv", "qtrle")]
    [InlineData("a.mov", "libsvtav1")]
    [InlineData("a.mov", "libvpx-vp9")]
    [InlineData("a.mov", "libvpx")]
    public void What_could_not_be_read_again_is_refused(string name, string codec)
    {
        using TempFolder folder = new();
        UserErrorException e = Assert.Throws<UserErrorException>(() => VideoWriter.Create(folder[name], TestClips.Options() with { Codec = codec }).Dispose());
        Assert.Contains("cannot hold", e.Message);
    }

    private static void Ffmpeg(params string[] arguments)
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg"), "the program ffmpeg, which makes the source, is not here");
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    // A second of a tone in a coding, without pictures.
    private static string Sound(TempFolder folder, string name, string encoder)
    {
        Ffmpeg("-f", "lavfi", "-i", "sine=r=44100:d=1", "-ac", "2", "-c:a", encoder, "-strict", "-2", folder[name]);
        return folder[name];
    }

    [SkippableTheory]
    [InlineData("adpcm_ima_wav", "a.avi", "b.avi", "mp3")]
    [InlineData("adpcm_ms", "a.avi", "b.avi", "mp3")]
    [InlineData("libvorbis", "a.mkv", "b.avi", "mp3")]
    [InlineData("eac3", "a.mkv", "b.avi", "mp3")]
    [InlineData("dca", "a.mkv", "b.avi", "mp3")]
    [InlineData("wmav2", "a.wma", "b.mov", "aac")]
    [InlineData("adpcm_ima_wav", "a.avi", "b.mov", "aac")]
    [InlineData("adpcm_ms", "a.avi", "b.mov", "aac")]
    [InlineData("flac", "a.mkv", "b.wmv", "wmav2")]
    [InlineData("adpcm_ms", "a.avi", "b.wmv", "wmav2")]
    public void Sound_that_would_not_be_heard_again_is_encoded(string encoder, string source, string output, string expected)
    {
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { CopyStreamsFrom = Sound(folder, source, encoder) };
        using (VideoWriter writer = VideoWriter.Create(folder[output], options))
        {
            Assert.Contains($"is re-coded as {expected}", Assert.Single(writer.Warnings));
            for (int i = 0; i < 25; i++)
                writer.Write(TestClips.Pattern(i, 64, 48));
            writer.Complete();
            Assert.Single(writer.Warnings);
        }
        (MediaStream stream, MediaPacket[] packets) = Only(folder[output], MediaStreamKind.Audio);
        Assert.Equal(expected, stream.Codec);
        Assert.InRange(packets.Sum(p => p.Duration) * stream.TimeBase.Value, 0.95, 1.2);
    }

    [SkippableTheory]
    [InlineData("pcm_s16le", "a.wav", "b.avi")]
    [InlineData("mp2", "a.mkv", "b.avi")]
    [InlineData("libmp3lame", "a.mkv", "b.avi")]
    [InlineData("ac3", "a.mkv", "b.avi")]
    [InlineData("aac", "a.mkv", "b.avi")]
    [InlineData("pcm_s16le", "a.wav", "b.mov")]
    [InlineData("aac", "a.mkv", "b.mov")]
    [InlineData("alac", "a.mkv", "b.mov")]
    [InlineData("libmp3lame", "a.mkv", "b.mov")]
    [InlineData("ac3", "a.mkv", "b.mov")]
    [InlineData("eac3", "a.mkv", "b.mov")]
    [InlineData("adpcm_ima_qt", "a.mov", "b.mov")]
    [InlineData("wmav2", "a.wma", "b.wmv")]
    [InlineData("libmp3lame", "a.mkv", "b.wmv")]
    [InlineData("ac3", "a.mkv", "b.wmv")]
    [InlineData("aac", "a.mkv", "b.wmv")]
    [InlineData("pcm_s16le", "a.wav", "b.wmv")]
    public void Sound_that_the_container_is_used_with_is_copied(string encoder, string source, string output)
    {
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { CopyStreamsFrom = Sound(folder, source, encoder) };
        using VideoWriter writer = VideoWriter.Create(folder[output], options);
        for (int i = 0; i < 25; i++)
            writer.Write(TestClips.Pattern(i, 64, 48));
        writer.Complete();
        Assert.Empty(writer.Warnings);
        Assert.Equal(Only(folder[source], MediaStreamKind.Audio).Stream.Codec, Only(folder[output], MediaStreamKind.Audio).Stream.Codec);
    }

    [Fact]
    public void Subtitles_do_not_become_a_second_video()
    {
        using TempFolder folder = new();
        string subtitles = folder.Write("s.srt", "1\n00:00:01,000 --> 00:00:02,500\nHello\n");
        TestClips.Write(folder["a.mp4"], 50, 64, 48, TestClips.Options() with { CopyStreamsFrom = subtitles });
        Assert.Contains("(subtitle, mov_text) was left out", Assert.Single(Transcode(folder["a.mp4"], folder["b.wmv"])));
        using MediaProbe probe = MediaProbe.Open(folder["b.wmv"]);
        Assert.Equal(MediaStreamKind.Video, Assert.Single(probe.Streams).Kind);
    }

    [Theory]
    [InlineData("a.mov")]
    [InlineData("a.mp4")]
    public void Hevc_has_the_tag_that_all_players_take(string name)
    {
        using TempFolder folder = new();
        byte[] file = File.ReadAllBytes(TestClips.Write(folder[name], 3, 64, 64, TestClips.Options() with { Codec = "libx265" }));
        Assert.True(file.AsSpan().IndexOf("hvc1"u8) > 0);
        Assert.True(file.AsSpan().IndexOf("hev1"u8) < 0);
    }

    private static double FirstPicture(string path)
    {
        (MediaStream stream, MediaPacket[] packets) = Only(path, MediaStreamKind.Video);
        return packets.Min(p => p.Pts!.Value) * stream.TimeBase.Value;
    }

    // Where clicks begin, in seconds on the file's own clock.
    private static List<double> Clicks(string path)
    {
        const int rate = 48000;
        ProcessStartInfo start = new("/usr/bin/ffmpeg") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["-v", "error", "-copyts", "-i", path, "-map", "0:a", "-af", "aresample=async=1:first_pts=0", "-ac", "1",
                     "-ar", "48000", "-f", "s16le", "-"])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        using MemoryStream bytes = new();
        process.StandardOutput.BaseStream.CopyTo(bytes);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        ReadOnlySpan<short> samples = MemoryMarshal.Cast<byte, short>(bytes.ToArray());
        List<double> clicks = [];
        int last = -rate;
        for (int i = 0; i < samples.Length; i++)
        {
            if (Math.Abs((int)samples[i]) < 5000)
                continue;
            if (i - last > rate / 10)
                clicks.Add((double)i / rate);
            last = i;
        }
        return clicks;
    }
}
