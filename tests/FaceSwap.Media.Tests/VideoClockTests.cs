using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Sources whose clock jumps, and starts at any moment of those that cannot be sought in.</summary>
public sealed class VideoClockTests
{
    private const int Frames = 50, SoundFrames = 76;     // 2 s of pictures, 1.985 s of sound

    private static byte[] Piece(TempFolder folder, int frames = Frames, int sound = SoundFrames)
    {
        VideoWriterOptions options = TestClips.Options() with { Crf = 0 };
        if (sound > 0)
            options = options with { CopyStreamsFrom = TestClips.WriteMp3(folder["sound.mp3"], sound) };
        return File.ReadAllBytes(TestClips.Write(folder["piece.ts"], frames, 64, 48, options));
    }

    private static string Join(TempFolder folder, byte[] piece, params double[] clocks)
    {
        File.WriteAllBytes(folder["joined.ts"], [.. clocks.SelectMany(c => TransportStreams.At(piece, c))]);
        return folder["joined.ts"];
    }

    private static void Transcode(string from, string to, VideoReaderOptions? part = null)
    {
        using VideoReader reader = VideoReader.Open(from, part);
        using VideoWriter writer = VideoWriter.Create(to, VideoWriterOptions.For(reader) with { Preset = "ultrafast" });
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        Assert.Empty(writer.Warnings);
    }

    // Times in seconds, as they rise.
    private static double[] Times(string path, MediaStreamKind kind)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        int index = Enumerable.Range(0, probe.Streams.Count).First(i => probe.Streams[i].Kind == kind);
        long before = long.MinValue;
        List<double> times = [];
        foreach (MediaPacket packet in probe.Packets().Where(p => p.Stream == index))
        {
            Assert.True(packet.Dts is null || packet.Dts >= before, "times of decoding go back");
            before = packet.Dts ?? before;
            times.Add(packet.Pts!.Value * probe.Streams[index].TimeBase.Value);
        }
        times.Sort();
        return [.. times];
    }

    [Theory]
    [InlineData("out.mkv", 60.0, 10.0)]
    [InlineData("out.mp4", 60.0, 10.0)]
    [InlineData("out.mp4", 3600.0, 50.0)]
    [InlineData("out.mkv", 10.0, 60.0)]
    [InlineData("out.mkv", 60.0, 55.0)]
    [InlineData("out.mkv", 60.0, 60.0, 60.0)]
    [InlineData("out.mp4", 10.0, 70.0, 5.0, 90000.0, 30.0)]
    [InlineData("out.mkv", 95440.0, 20.0)]
    public void What_follows_a_jump_goes_on_without_a_gap_and_in_step(string output, params double[] clocks)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        Transcode(Join(folder, Piece(folder), clocks), folder[output]);
        double[] pictures = Times(folder[output], MediaStreamKind.Video), sound = Times(folder[output], MediaStreamKind.Audio);
        Assert.Equal((Frames * clocks.Length, SoundFrames * clocks.Length), (pictures.Length, sound.Length));
        double lag = sound[0] - pictures[0];
        for (int piece = 0; piece < clocks.Length; piece++)
        {
            // Lip sync: sound and picture of every piece are as far apart as they were.
            Assert.Equal(lag, sound[piece * SoundFrames] - pictures[piece * Frames], 0.003);
            Assert.InRange(pictures[piece * Frames], pictures[0] + (2 * piece) - 0.001, pictures[0] + (2.06 * piece) + 0.001);
        }
        foreach (double[] times in (double[][])[pictures, sound])
        {
            for (int i = 1; i < times.Length; i++)
                Assert.InRange(times[i] - times[i - 1], 0.015, 0.12);
        }
    }

    [Fact]
    public void A_clock_that_wraps_around_goes_on()
    {
        using TempFolder folder = new();
        string source = Join(folder, Piece(folder), (Math.Pow(2, 33) / 90000) - 1.5);
        Transcode(source, folder["out.mkv"]);
        double[] pictures = Times(folder["out.mkv"], MediaStreamKind.Video), sound = Times(folder["out.mkv"], MediaStreamKind.Audio);
        Assert.Equal((Frames, SoundFrames), (pictures.Length, sound.Length));
        Assert.Equal(1.96, pictures[^1] - pictures[0], 0.002);
        Assert.Equal(75 * 1152 / 44100.0, sound[^1] - sound[0], 0.002);
    }

    [Fact]
    public void A_gap_of_seconds_stays()
    {
        using TempFolder folder = new();
        Transcode(Join(folder, Piece(folder), 10, 17), folder["out.mkv"]);
        double[] pictures = Times(folder["out.mkv"], MediaStreamKind.Video), sound = Times(folder["out.mkv"], MediaStreamKind.Audio);
        Assert.Equal(7, pictures[Frames] - pictures[0], 0.002);
        Assert.Equal(7, sound[SoundFrames] - sound[0], 0.002);
    }

    [Fact]
    public void A_start_after_a_jump_finds_its_frames_and_their_sound()
    {
        using TempFolder folder = new();
        string source = Join(folder, Piece(folder), 60, 10, 5000);
        Transcode(source, folder["all.mkv"]);
        Transcode(source, folder["part.mkv"], new VideoReaderOptions { StartSeconds = 4.5, DurationSeconds = 1 });
        double[] all = Times(folder["all.mkv"], MediaStreamKind.Audio), part = Times(folder["part.mkv"], MediaStreamKind.Audio);
        double[] pictures = Times(folder["all.mkv"], MediaStreamKind.Video), some = Times(folder["part.mkv"], MediaStreamKind.Video);
        Assert.Equal(25, some.Length);
        using VideoReader whole = VideoReader.Open(source), from = VideoReader.Open(source, new VideoReaderOptions { StartSeconds = 4.5 });
        List<(long Pts, ulong Sum)> expected = [], got = [];
        TestClips.ReadAll(whole, f => expected.Add((f.Pts, TestClips.Sum(f))));
        TestClips.ReadAll(from, f => got.Add((f.Pts, TestClips.Sum(f))));
        Assert.Equal(expected.Where(f => f.Pts >= 4.5 * 90000), got);
        // The same sound stands beside the same picture.
        double picture = pictures.First(t => t - pictures[0] >= 4.5 - (expected[0].Pts / 90000.0) - 0.001), offset = picture - some[0];
        double near = all.MinBy(t => Math.Abs(t - (part[3] + offset)));
        Assert.Equal(near, part[3] + offset, 0.003);
    }

    [Fact]
    public void A_run_that_goes_on_after_a_jump_gets_the_frame_it_had_come_to()
    {
        using TempFolder folder = new();
        string source = Join(folder, Piece(folder), 60, 10, 5000);
        List<(long Index, long Pts, ulong Sum)> all = [], rest = [];
        using (VideoReader reader = VideoReader.Open(source))
            TestClips.ReadAll(reader, f => all.Add((f.Index, f.Pts, TestClips.Sum(f))));
        Assert.Equal(3 * Frames, all.Count);
        FramePosition from = new(all[110].Index, all[110].Pts, 0);
        using (VideoReader reader = VideoReader.Open(source, new VideoReaderOptions { From = from }))
            TestClips.ReadAll(reader, f => rest.Add((f.Index, f.Pts, TestClips.Sum(f))));
        Assert.Equal(all.Skip(110), rest);
    }

    [Theory]
    [InlineData("a.ts", true)]
    [InlineData("a.ts", false)]
    [InlineData("a.h264", false)]
    public void A_start_within_the_first_group_of_pictures_is_found(string name, bool sound)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        VideoWriterOptions options = TestClips.Options() with { Crf = 0 };
        if (sound)
            options = options with { CopyStreamsFrom = TestClips.WriteMp3(folder["sound.mp3"], 150) };
        TestClips.Write(folder[name], 100, 64, 48, options);
        List<ulong> all = [], part = [];
        using (VideoReader whole = VideoReader.Open(folder[name]))
            TestClips.ReadAll(whole, f => all.Add(TestClips.Sum(f)));
        using (VideoReader reader = VideoReader.Open(folder[name], new VideoReaderOptions { StartSeconds = 2, DurationSeconds = 0.4 }))
            TestClips.ReadAll(reader, f => part.Add(TestClips.Sum(f)));
        Assert.Equal(100, all.Count);
        Assert.Equal(10, part.Count);
        int first = all.IndexOf(part[0]);
        Assert.InRange(first, 49, 51);      // sound that begins earlier is where the clock begins
        Assert.Equal(all.Skip(first).Take(10), part);
    }
}
