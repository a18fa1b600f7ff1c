using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Video;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

[Collection("engine")]
public sealed class VideoWorkflowTests
{
    private static string[] Images(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order(NaturalNameComparer.Instance)];

    [Theory]
    [InlineData("%04d.jpg", "0001.jpg", "0040.jpg")]
    [InlineData("frame-%d.png", "frame-1.png", "frame-40.png")]
    public void Every_frame_becomes_an_image_in_order(string pattern, string first, string last)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 40, options: TestClips.Options() with { Crf = 0 });
        List<WorkProgress> reports = [];
        VideoToFramesSummary done = new VideoToFramesWorkflow(new VideoToFramesOptions
        {
            Input = folder["a.mp4"],
            OutputDirectory = folder["out"],
            Pattern = pattern,
        }).Run(new Reports(reports));
        Assert.Equal((40L, 40L), (done.Decoded, done.Images));
        Assert.Empty(done.Warnings);
        string[] names = Images(folder["out"]);
        Assert.Equal((40, first, last), (names.Length, names[0], names[^1]));
        Assert.Equal((40L, 40L), (reports[^1].Done, reports[^1].Total));
        for (int i = 0; i < 40; i += 13)
        {
            using PooledFrame image = ImageFile.Read(folder["out", names[i]]);
            using Frame expected = FrameConversion.ToBgr(TestClips.Pattern(i, 160, 120));
            Assert.True(TestClips.Difference(expected.Plane(0), image.Plane(0)) < 3);
        }
    }

    [Theory]
    [InlineData("10", 16)]
    [InlineData("25", 40)]
    [InlineData("50", 80)]
    [InlineData("30000/1001", 48)]
    [InlineData("0.5", 1)]
    public void A_rate_repeats_or_drops_frames(string rate, int images)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 40);
        VideoToFramesSummary done = new VideoToFramesWorkflow(new VideoToFramesOptions
        {
            Input = folder["a.mp4"],
            OutputDirectory = folder["out"],
            Rate = FrameRates.Parse(rate),
        }).Run();
        Assert.Equal(images, done.Images);
        string[] names = Images(folder["out"]);
        Assert.Equal(images, names.Length);
        Assert.Equal($"{images:D4}.jpg", names[^1]);
    }

    [Fact]
    public void Resampling_moves_each_frame_to_the_nearest_tick()
    {
        // Milliseconds to 10 frames a second: ticks 0, 1 (120 ms), 1 (149 ms), 5 (450 ms, half away from zero), and the end at tick 7.
        FrameRateResampler resampler = new(new Rational(1, 1000), new Rational(10, 1));
        Assert.Equal(1, resampler.Repeats(0, 120));
        Assert.Equal(0, resampler.Repeats(120, 149));
        Assert.Equal(4, resampler.Repeats(149, 450));
        Assert.Equal(2, resampler.Repeats(450, 700));
        Assert.Equal(-5, resampler.Tick(-450));
    }

    [Theory]
    [InlineData("25", 25, 1)]
    [InlineData("12.5", 25, 2)]
    [InlineData("29.97", 30000, 1001)]
    [InlineData("23.976", 24000, 1001)]
    [InlineData("59.94", 60000, 1001)]
    [InlineData("24", 24, 1)]
    [InlineData("30", 30, 1)]
    [InlineData("30000/1001", 30000, 1001)]
    public void Frame_rates_are_read_as_meant(string text, int numerator, int denominator) =>
        Assert.Equal(new Rational(numerator, denominator), FrameRates.Parse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("fast")]
    [InlineData("1/0")]
    [InlineData("1e9")]
    [InlineData("NaN")]
    [InlineData("5/")]
    public void Other_frame_rates_are_refused(string text) => Assert.Throws<UserErrorException>(() => FrameRates.Parse(text));

    [Theory]
    [InlineData("frame.jpg")]
    [InlineData("%d-%d.jpg")]
    [InlineData("../%d.jpg")]
    [InlineData("%d.gif")]
    public void Wrong_patterns_are_refused(string pattern)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 2);
        VideoToFramesOptions options = new() { Input = folder["a.mp4"], OutputDirectory = folder["out"], Pattern = pattern };
        Assert.Throws<UserErrorException>(() => new VideoToFramesWorkflow(options).Run());
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void Images_become_a_video_with_the_sound_of_another_file()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.WriteTone(folder["tone.wav"], 5);
        string images = folder.Folder("images");
        for (int i = 1; i <= 30; i++)
        {
            using PooledFrame image = TestClips.Pattern(i, 64, 48, PixelFormat.Bgr24);
            ImageFile.Write(Path.Combine(images, $"{i}.png"), image);
        }
        FramesToVideoSummary done = new FramesToVideoWorkflow(new FramesToVideoOptions
        {
            Input = images,
            Output = folder["a.mkv"],
            FrameRate = new Rational(30000, 1001),
            AudioFrom = folder["tone.wav"],
            Crf = 0,
            Preset = "ultrafast",
        }).Run();
        Assert.Equal(30, done.Frames);
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        Assert.True(reader.Video.HasAudio);
        Assert.Equal(29.97, reader.Info.FrameRate.Value, 2);
        int n = 0;
        while (reader.Read() is { } frame)
        {
            n++;
            using Frame bgr = FrameConversion.ToBgr(frame);
            using PooledFrame expected = TestClips.Pattern(n, 64, 48, PixelFormat.Bgr24);
            // The order is what is asked here: the bright square moves by five pixels a frame.
            Assert.True(TestClips.Difference(expected.Plane(0), bgr.Plane(0)) < 25);
        }
        Assert.Equal(30, n);
    }

    [Theory]
    [InlineData(25, 1, "--rate 30000/1001")]
    [InlineData(30000, 1001, null)]
    public void Images_that_do_not_last_as_long_as_the_video_with_the_sound_are_told(int numerator, int denominator, string? expected)
    {
        using TempFolder folder = new();
        Rational own = new(30000, 1001);
        TestClips.Write(folder["a.mkv"], 30, 64, 48, TestClips.Options() with
        {
            TimeBase = new Rational(1001, 30000),
            FrameRate = own,
            CopyStreamsFrom = TestClips.WriteTone(folder["tone.wav"], 1),
        });
        new VideoToFramesWorkflow(new VideoToFramesOptions { Input = folder["a.mkv"], OutputDirectory = folder["frames"] }).Run();
        IReadOnlyList<string> warnings = new FramesToVideoWorkflow(new FramesToVideoOptions
        {
            Input = folder["frames"],
            Output = folder["b.mkv"],
            AudioFrom = folder["a.mkv"],
            FrameRate = new Rational(numerator, denominator),
            Preset = "ultrafast",
        }).Run().Warnings;
        if (expected is null)
            Assert.Empty(warnings);
        else
            Assert.Contains(expected, Assert.Single(warnings));
    }

    [Fact]
    public void Images_of_a_video_get_its_shape_of_pixels_and_colors_back()
    {
        using TempFolder folder = new();
        ColorTags color = new(1, 1, 1, 1);
        TestClips.Write(folder["a.mp4"], 4, 64, 48, TestClips.Options() with { SampleAspect = new Rational(64, 45), Color = color });
        VideoToFramesSummary apart = new VideoToFramesWorkflow(new VideoToFramesOptions { Input = folder["a.mp4"], OutputDirectory = folder["frames"] }).Run();
        Assert.Contains("--pixel-aspect 64:45", Assert.Single(apart.Warnings), StringComparison.Ordinal);

        FramesToVideoOptions options = new() { Input = folder["frames"], Output = folder["b.mp4"], Preset = "ultrafast" };
        new FramesToVideoWorkflow(options with { AudioFrom = folder["a.mp4"] }).Run();
        new FramesToVideoWorkflow(options with { Output = folder["c.mp4"], PixelAspect = PixelAspects.Parse("16:15") }).Run();
        using VideoReader same = VideoReader.Open(folder["b.mp4"]), given = VideoReader.Open(folder["c.mp4"]);
        Assert.Equal(new Rational(64, 45), same.Video.SampleAspect);
        Assert.Equal(color, same.Video.Color);
        Assert.Equal(new Rational(16, 15), given.Video.SampleAspect);

        // Images of another shape were stretched to square pixels, or are of something else.
        TestClips.Write(folder["wide.mp4"], 4, 128, 48, TestClips.Options() with { SampleAspect = new Rational(4, 3) });
        new FramesToVideoWorkflow(options with { Output = folder["d.mp4"], AudioFrom = folder["wide.mp4"] }).Run();
        using VideoReader other = VideoReader.Open(folder["d.mp4"]);
        Assert.NotEqual(new Rational(4, 3), other.Video.SampleAspect);
    }

    [Theory]
    [InlineData("64")]
    [InlineData("0:1")]
    [InlineData("-1:1")]
    [InlineData("a:b")]
    public void Wrong_shapes_of_pixels_are_refused(string text) => Assert.Contains("64:45", Assert.Throws<UserErrorException>(() => PixelAspects.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0.4)]
    [InlineData(0)]
    public void Sound_is_laid_from_the_moment_of_the_first_picture(double late)
    {
        using TempFolder folder = new();
        TestClips.WriteTone(folder["tone.wav"], 4);
        int first = (int)(late * 25);
        TestClips.Write(folder["a.mkv"], 40, 64, 48, TestClips.Options() with { CopyStreamsFrom = folder["tone.wav"] }, time: i => i + first);
        new VideoToFramesWorkflow(new VideoToFramesOptions { Input = folder["a.mkv"], OutputDirectory = folder["frames"] }).Run();
        new FramesToVideoWorkflow(new FramesToVideoOptions { Input = folder["frames"], Output = folder["b.mkv"], AudioFrom = folder["a.mkv"] }).Run();
        (double Picture, Dictionary<string, double> Sound) before = Layout(folder["a.mkv"]), after = Layout(folder["b.mkv"]);
        Assert.True(after.Sound.Count > 3);
        foreach ((string packet, double time) in after.Sound)
            Assert.Equal(before.Sound[packet] - before.Picture, time - after.Picture, 0.0015);
    }

    // The time of the first picture, and those of the sound's packets by their content.
    private static (double Picture, Dictionary<string, double> Sound) Layout(string path)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        List<(MediaStreamKind Kind, double Time, string Hash)> packets =
            [.. probe.Packets().Select(p => (probe.Streams[p.Stream].Kind, p.Pts!.Value * probe.Streams[p.Stream].TimeBase.Value, p.Sha256))];
        return (packets.Where(p => p.Kind == MediaStreamKind.Video).Min(p => p.Time),
            packets.Where(p => p.Kind == MediaStreamKind.Audio).DistinctBy(p => p.Hash).ToDictionary(p => p.Hash, p => p.Time));
    }

    [Fact]
    public void What_images_cannot_keep_of_deep_frames_is_said_once()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder["a.mkv"], 3, 64, 48, TestClips.Options() with { Codec = "ffv1" }, PixelFormat.Yuv420P.WithDepth(10));
        VideoToFramesOptions options = new() { Input = folder["a.mkv"], OutputDirectory = folder["jpg"], Pattern = "%d.jpg" };
        string said = Assert.Single(new VideoToFramesWorkflow(options).Run().Warnings);
        Assert.All(new[] { "10 bits", "8 bits", ".png" }, word => Assert.Contains(word, said));
        Assert.Empty(new VideoToFramesWorkflow(options with { OutputDirectory = folder["png"], Pattern = "%d.png" }).Run().Warnings);
        Assert.All(Directory.GetFiles(folder["png"]), file => Assert.Equal(16, File.ReadAllBytes(file)[24]));
        string back = Assert.Single(new FramesToVideoWorkflow(new FramesToVideoOptions { Input = folder["png"], Output = folder["b.mkv"] }).Run().Warnings);
        Assert.Contains("3 images", back);
        Assert.Contains("16 bits a sample, which are read with 8", back);
        Assert.Empty(new FramesToVideoWorkflow(new FramesToVideoOptions { Input = folder["jpg"], Output = folder["c.mkv"] }).Run().Warnings);
    }

    [Fact]
    public void An_unreadable_image_or_cancelling_leaves_no_video()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string images = folder.Folder("images");
        for (int i = 1; i <= 20; i++)
        {
            using PooledFrame image = TestClips.Pattern(i, 64, 48, PixelFormat.Bgr24);
            ImageFile.Write(Path.Combine(images, $"{i}.png"), image);
        }
        File.WriteAllText(Path.Combine(images, "5.png"), "no image");
        FramesToVideoOptions options = new() { Input = images, Output = folder["out", "a.mp4"] };
        UserErrorException e = Assert.Throws<UserErrorException>(() => new FramesToVideoWorkflow(options).Run());
        Assert.Contains("5.png", e.Message);
        Assert.Empty(Directory.GetFiles(folder["out"]));

        FramesToVideoSummary done = new FramesToVideoWorkflow(options with { SkipUnreadable = true }).Run();
        Assert.Equal(19, done.Frames);
        Assert.Contains("5.png", Assert.Single(done.Warnings));

        using CancellationTokenSource cancel = new();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => new FramesToVideoWorkflow(options with { SkipUnreadable = true, Output = folder["b.mp4"] }).Run(null, cancel.Token));
        Assert.False(File.Exists(folder["b.mp4"]));
        TestClips.Write(folder["c.mp4"], 10);
        VideoToFramesOptions apart = new() { Input = folder["c.mp4"], OutputDirectory = folder["apart"] };
        Assert.Throws<OperationCanceledException>(() => new VideoToFramesWorkflow(apart).Run(null, cancel.Token));
    }

    private sealed class Reports(List<WorkProgress> list) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value)
        {
            lock (list)
                list.Add(value);
        }
    }
}
