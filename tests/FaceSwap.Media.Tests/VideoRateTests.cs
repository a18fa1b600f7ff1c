using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Times of frames with encoders and containers that know frame rates only.</summary>
public sealed class VideoRateTests
{
    private const int Frames = 24;

    // Time bases of containers, with frames at the rate.
    private static string Source(TempFolder folder, Rational tick, Rational rate)
    {
        long Time(int i) => (long)Math.Round(i / rate.Value / tick.Value);
        return TestClips.Write(folder["a.mp4"], Frames, 64, 48, TestClips.Options() with { TimeBase = tick, FrameRate = rate }, time: Time);
    }

    private static (List<double> Times, double Rate) Times(string path)
    {
        using VideoReader reader = VideoReader.Open(path);
        List<double> times = [];
        TestClips.ReadAll(reader, frame => times.Add(frame.Pts * reader.Info.TimeBase.Value));
        return ([.. times.Select(t => t - times[0])], reader.Info.FrameRate.Value);
    }

    private static IReadOnlyList<string> Copy(string from, string to, string codec)
    {
        using VideoReader reader = VideoReader.Open(from);
        using VideoWriter writer = VideoWriter.Create(to, VideoWriterOptions.For(reader) with { Preset = "ultrafast", Codec = codec });
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        return writer.Warnings;
    }

    [Theory]
    [InlineData(1000, 25, 1, "mpeg2video", "mkv")]
    [InlineData(1000, 30000, 1001, "mpeg2video", "mpg")]
    [InlineData(600, 25, 1, "mpeg2video", "ts")]
    [InlineData(90000, 24000, 1001, "mpeg2video", "mpg")]
    [InlineData(90000, 24000, 1001, "mpeg4", "mp4")]
    [InlineData(1000, 30000, 1001, "mpeg4", "avi")]
    [InlineData(600, 30, 1, "libx264", "avi")]
    [InlineData(12000, 120, 1, "mpeg2video", "mkv")]
    [InlineData(1000, 25, 1, "mpeg1video", "mpg")]
    [InlineData(1000, 30000, 1001, "libtheora", "ogv")]
    [InlineData(12800, 25, 1, "libtheora", "ogv")]
    public void Frames_keep_their_times_and_the_rate_is_the_real_one(int ticks, int numerator, int denominator, string codec, string container)
    {
        using TempFolder folder = new();
        Rational rate = new(numerator, denominator);
        string source = Source(folder, new Rational(1, ticks), rate), output = folder["b." + container];
        Copy(source, output, codec);
        (List<double> times, double shown) = Times(output);
        Assert.Equal(Frames, times.Count);
        Assert.InRange(shown, rate.Value * 0.99, rate.Value * 1.01);
        for (int i = 0; i < times.Count; i++)
            Assert.Equal(i / rate.Value, times[i], 0.0021); // two clocks of milliseconds
    }

    [Theory]
    [InlineData("mpeg2video", "mkv", 0.002, false)]
    [InlineData("mpeg4", "mp4", 0.002, false)]
    [InlineData("libx264", "avi", 0.02, true)]
    [InlineData("libtheora", "ogv", 0.02, true)]
    public void A_variable_rate_keeps_its_times_as_far_as_the_container_can(string codec, string container, double tolerance, bool warned)
    {
        using TempFolder folder = new();
        long Time(int i) => (i * 33) + (i / 5 * 200); // five frames, then a pause
        string source = TestClips.Write(folder["a.mp4"], Frames, 64, 48,
            TestClips.Options() with { TimeBase = new Rational(1, 1000), FrameRate = new Rational(15, 1) }, time: Time), output = folder["b." + container];
        IReadOnlyList<string> warnings = Copy(source, output, codec);
        List<double> times = Times(output).Times;
        Assert.Equal(Frames, times.Count);
        for (int i = 0; i < times.Count; i++)
            Assert.Equal(Time(i) / 1000.0, times[i], tolerance);
        Assert.Equal(warned ? 1 : 0, warnings.Count(w => w.Contains("constant rate", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(24000, 1001, 0.021, "libx264", "avi")]
    [InlineData(24000, 1001, 0.021, "libtheora", "ogv")]
    [InlineData(30000, 1001, 0.046, "libx264", "avi")]
    [InlineData(15, 1, 0.133, "libx264", "avi")]
    [InlineData(15, 1, 0.133, "mpeg4", "avi")]
    [InlineData(25, 1, 0.6, "mpeg2video", "mpg")]
    public void A_constant_rate_may_begin_between_two_places(int numerator, int denominator, double start, string codec, string container)
    {
        using TempFolder folder = new();
        Rational rate = new(numerator, denominator);
        long Time(int i) => (long)Math.Round((start + (i / rate.Value)) * 1000);
        string source = TestClips.Write(folder["a.mkv"], Frames, 64, 48,
            TestClips.Options() with { TimeBase = new Rational(1, 1000), FrameRate = rate, CopyStreamsFrom = TestClips.WriteTone(folder["tone.wav"], 3) }, time: Time);
        string output = folder["b." + container];
        Assert.DoesNotContain(Copy(source, output, codec), w => w.Contains("rate", StringComparison.Ordinal));
        using VideoReader reader = VideoReader.Open(output);
        List<double> times = [];
        TestClips.ReadAll(reader, frame => times.Add(frame.Pts * reader.Info.TimeBase.Value));
        Assert.Equal(Frames, times.Count);
        for (int i = 0; i < times.Count; i++)
            Assert.Equal(i / rate.Value, times[i] - times[0], 0.0021);
        // Program streams have a clock that begins anywhere.
        if (container != "mpg")
            Assert.InRange(times[0] - start, -0.75 / rate.Value, 0.501 / rate.Value);
    }

    [Theory]
    [InlineData("mpeg2video", "mpg")]
    [InlineData("libtheora", "ogv")]
    public void Times_that_are_not_all_told_give_one_warning(string codec, string container)
    {
        using TempFolder folder = new();
        long Time(int i) => (i * 20) + (i / 5 * 100); // on a grid of 60 a second; five frames, then a pause
        string source = TestClips.Write(folder["a.mp4"], Frames, 64, 48,
            TestClips.Options() with { TimeBase = new Rational(1, 600), FrameRate = new Rational(15, 1) }, time: Time);
        string said = Assert.Single(Copy(source, folder["b." + container], codec));
        Assert.Contains("constant rate", said);
        Assert.Contains(".mp4 or .mkv", said);
    }
}
