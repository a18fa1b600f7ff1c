using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

public sealed class VideoRoundTripTests
{
    private static VideoWriterOptions Lossless => TestClips.Options() with { Crf = 0 };

    [Theory]
    [InlineData("a.mp4")]
    [InlineData("a.mkv")]
    [InlineData("a.mov")]
    public void Lossless_frames_come_back_exactly_in_order(string name)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder[name], 40, options: Lossless);
        using VideoReader reader = VideoReader.Open(folder[name]);
        Assert.Equal((160, 120, true), (reader.Info.Width, reader.Info.Height, reader.Info.IsVideo));
        Assert.Equal(25, reader.Info.FrameRate.Value, 3);
        Assert.Null(reader.Video.Conversion);
        int n = 0;
        int count = TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(n, 160, 120);
            Assert.Equal(TestClips.Sum(expected), TestClips.Sum(frame));
            Assert.Equal(n, frame.Index);
            Assert.Equal($"a_{n + 1:D6}.png", frame.Name);
            Assert.Equal(PixelFormat.Yuv420P, frame.Format);
            n++;
        });
        Assert.Equal(40, count);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Variable_times_survive_exactly()
    {
        using TempFolder folder = new();
        static long Time(int i) => (3000L * i) + (i % 3 * 700) + (i > 10 ? 40_000 : 0);
        VideoWriterOptions options = TestClips.Options() with { TimeBase = new Rational(1, 90_000), Preset = "medium" };
        TestClips.Write(folder["first.mp4"], 30, options: options, time: Time);

        // Twice through: what a reader gives is what a writer with the reader's options keeps.
        using (VideoReader reader = VideoReader.Open(folder["first.mp4"]))
        using (VideoWriter writer = VideoWriter.Create(folder["second.mp4"], VideoWriterOptions.For(reader)))
        {
            while (reader.Read() is { } frame)
                writer.Write(frame);
            writer.Complete();
        }
        using VideoReader again = VideoReader.Open(folder["second.mp4"]);
        Assert.Equal(new Rational(1, 90_000), again.Info.TimeBase);
        int n = 0;
        TestClips.ReadAll(again, frame => Assert.Equal(Time(n++), frame.Pts));
        Assert.Equal(30, n);
    }

    [Fact]
    public void Matroska_keeps_times_to_its_millisecond()
    {
        using TempFolder folder = new();
        static long Time(int i) => (33L * i) + (i % 4);
        TestClips.Write(folder["a.mkv"], 30, options: TestClips.Options() with { TimeBase = new Rational(1, 1000) }, time: Time);
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        int n = 0;
        TestClips.ReadAll(reader, frame => Assert.Equal(Time(n++), frame.Pts));
        Assert.Equal(30, n);
    }

    [Theory]
    [InlineData(0.4, null, 10, 30)]
    [InlineData(0.41, 0.4, 11, 10)]
    [InlineData(1.0, 0.04, 25, 1)]
    [InlineData(null, 0.5, 0, 13)]
    public void A_stretch_is_cut_to_the_frame(double? start, double? duration, int first, int count)
    {
        using TempFolder folder = new();
        // Key frames every 12 with B-frames: seeking lands before or after the wanted frame.
        TestClips.Write(folder["a.mp4"], 40, options: Lossless with { Preset = "medium" });
        using VideoReader reader = VideoReader.Open(folder["a.mp4"], new VideoReaderOptions { StartSeconds = start, DurationSeconds = duration });
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(first + n, 160, 120);
            Assert.Equal(TestClips.Sum(expected), TestClips.Sum(frame));
            Assert.Equal(n, frame.Index);
            n++;
        });
        Assert.Equal(count, n);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Frames_of_a_stretch_can_keep_the_names_they_have_in_the_whole()
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 40, options: Lossless with { Preset = "medium" });
        Dictionary<long, string> names = [];
        using (VideoReader whole = VideoReader.Open(folder["a.mp4"]))
            TestClips.ReadAll(whole, frame => names.Add(frame.Pts, frame.Name));
        VideoReaderOptions stretch = new() { StartSeconds = 0.41, DurationSeconds = 0.4, NameFromBeginning = true };
        using VideoReader reader = VideoReader.Open(folder["a.mp4"], stretch);
        Assert.Equal(10, TestClips.ReadAll(reader, frame => Assert.Equal(names[frame.Pts], frame.Name)));
        Assert.Contains("a_000012.png", names.Values);
    }

    [Fact]
    public void Writing_into_frames_does_not_disturb_later_ones()
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 60, options: TestClips.Options() with { Preset = "medium" });
        List<ulong> untouched = [];
        using (VideoReader reader = VideoReader.Open(folder["a.mp4"]))
            TestClips.ReadAll(reader, frame => untouched.Add(TestClips.Sum(frame)));

        using VideoReader second = VideoReader.Open(folder["a.mp4"], new VideoReaderOptions { Threads = 1 });
        int n = 0;
        while (second.Read() is { } frame)
        {
            Assert.Equal(untouched[n++], TestClips.Sum(frame));
            using Frame mine = frame.AsWritable();
            Assert.Equal(untouched[n - 1], TestClips.Sum(mine));
            for (int p = 0; p < 3; p++)
            {
                for (int y = 0; y < mine.Plane(p).Height; y++)
                    mine.Plane(p).RowSpan(y).Fill(0);
            }
        }
        Assert.Equal(60, n);
    }

    [Theory]
    [InlineData(PixelFormat.Yuv422P, "yuv422p")]
    [InlineData(PixelFormat.Yuv444P, "yuv444p")]
    [InlineData(PixelFormat.Gray8, "gray")]
    public void Other_planar_formats_pass_by_reference(PixelFormat format, string name)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder["a.mkv"], 10, options: Lossless with { PixelFormat = name, Codec = "ffv1" }, format: format);
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        Assert.Equal(format, reader.Video.Format);
        Assert.Null(reader.Video.Conversion);
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(n++, 160, 120, format);
            Assert.Equal(TestClips.Sum(expected), TestClips.Sum(frame));
        });
        Assert.Equal(10, n);
    }

    [Theory]
    [InlineData(PixelFormat.Gray8)]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Nv12)]
    public void Grey_and_bgr_frames_become_420_by_default(PixelFormat format)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 5, options: Lossless, format: format);
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal(PixelFormat.Yuv420P, reader.Video.Format);
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            using PooledFrame expected = TestClips.Pattern(n++, 160, 120, format);
            if (format != PixelFormat.Bgr24)
                Assert.Equal(0, TestClips.Difference(expected.Plane(0), frame.Plane(0)));
        });
        Assert.Equal(5, n);
    }

    [Fact]
    public void Memory_does_not_grow_with_length()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 100, 320, 240);
        long early = 0, late = 0;
        int n = 0;
        using (VideoWriter writer = VideoWriter.Create(folder["b.mp4"], TestClips.Options()))
        {
            for (int round = 0; round < 20; round++)
            {
                using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
                while (reader.Read() is { } frame)
                {
                    frame.Pts = n++;
                    writer.Write(frame);
                }
                if (round == 4)
                    early = ResidentBytes();
            }
            late = ResidentBytes();
            writer.Complete();
        }
        // 1,500 more frames are 173 MB of samples; a tenth of that would already be a leak.
        Assert.True(late - early < 17_000_000, $"{early} bytes after 500 frames, {late} after 2,000");
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        using System.Diagnostics.Process self = System.Diagnostics.Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
