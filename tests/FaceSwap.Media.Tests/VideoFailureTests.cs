using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Bad input, interruptions and full disks.</summary>
public sealed class VideoFailureTests
{
    [Fact]
    public void Files_that_are_no_video_are_refused_in_one_sentence()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string empty = folder.Write("empty.mp4", "");
        string text = folder.Write("text.mp4", "this is no video, whatever its name says");
        string sound = TestClips.WriteTone(folder["tone.wav"], 1);
        byte[] noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(folder["noise.mkv"], noise);
        foreach (string path in (string[])[folder["missing.mp4"], empty, text, sound, folder["noise.mkv"], folder.Path])
        {
            UserErrorException e = Assert.Throws<UserErrorException>(() => VideoReader.Open(path).Dispose());
            Assert.Contains(path, e.Message);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    // In a thread of its own: an encoder that waits for ever cannot be interrupted.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task An_encoder_is_ended_before_it_is_freed(int frames)
    {
        TempFolder folder = new();
        Task work = Task.Factory.StartNew(() =>
        {
            VideoWriterOptions options = TestClips.Options() with { Codec = "libsvtav1", Preset = "12", Crf = 40 };
            VideoPicture picture;
            using (VideoSegmentWriter first = VideoSegmentWriter.Create(folder["0"], "a.mp4", options, null))
            {
                first.Write(TestClips.Pattern(0, 128, 128));
                picture = first.Picture;
            }
            using VideoSegmentWriter next = VideoSegmentWriter.Create(folder["1"], "a.mp4", options, picture);
            for (int i = 0; i < frames; i++)
                next.Write(TestClips.Pattern(i, 128, 128));
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await work.WaitAsync(TimeSpan.FromMinutes(1));
        folder.Dispose();
    }

    [Theory]
    [InlineData("a.mkv", false)]
    [InlineData("a.mp4", true)]
    [InlineData("a.ts", false)]
    public void A_truncated_video_never_crashes_and_gives_what_it_has(string name, bool fastStart)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder[name], 120, options: TestClips.Options() with { FastStart = fastStart });
        byte[] whole = File.ReadAllBytes(folder[name]);
        List<ulong> sums = [];
        using (VideoReader reader = VideoReader.Open(folder[name]))
            TestClips.ReadAll(reader, f => sums.Add(TestClips.Sum(f)));

        Random random = new(7);
        int delivered = 0, warned = 0;
        for (int i = 0; i < 40; i++)
        {
            string cut = folder["cut" + Path.GetExtension(name)];
            int length = i < 8 ? 1 << (2 * i) : random.Next(whole.Length);
            File.WriteAllBytes(cut, whole.AsSpan(0, Math.Min(length, whole.Length - 1)));
            try
            {
                using VideoReader reader = VideoReader.Open(cut);
                int n = 0;
                int right = 0;
                TestClips.ReadAll(reader, f => right += n < sums.Count && TestClips.Sum(f) == sums[n++] ? 1 : 0);
                Assert.True(n > 0);
                // All but the frame that was cut through is as it was.
                Assert.True(right >= n - 2, $"{right} of {n} frames are right");
                delivered++;
                if (reader.Warnings.Count > 0)
                    warned++;
            }
            catch (UserErrorException e)
            {
                Assert.Contains(cut, e.Message);
            }
        }
        Assert.True(delivered > 5, $"{delivered} of 40 gave frames");
        // Transport streams announce no length: a cut there may go unseen.
        Assert.True(warned >= (name == "a.ts" ? 0 : delivered - 4), $"{warned} of {delivered} cut files gave a warning");
    }

    [Theory]
    [InlineData("a.mkv")]
    [InlineData("a.mp4")]
    public void Damaged_bytes_never_crash(string name)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.WriteTone(folder["tone.wav"], 4);
        TestClips.Write(folder[name], 100, options: TestClips.Options() with { CopyStreamsFrom = folder["tone.wav"] });
        byte[] whole = File.ReadAllBytes(folder[name]);
        Random random = new(11);
        int opened = 0;
        for (int i = 0; i < 30; i++)
        {
            byte[] bad = (byte[])whole.Clone();
            for (int k = 0; k < 1 + (i * 4); k++)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            string path = folder["bad" + Path.GetExtension(name)];
            File.WriteAllBytes(path, bad);
            try
            {
                using VideoReader reader = VideoReader.Open(path);
                opened++;
                using VideoWriter writer = VideoWriter.Create(folder["out.mkv"], VideoWriterOptions.For(reader) with { Preset = "ultrafast" });
                while (reader.Read() is { } frame)
                    writer.Write(frame);
                writer.Complete();
            }
            catch (Exception e) when (e is UserErrorException or InvalidDataException)
            {
                // A sentence is all that is asked for.
            }
        }
        Assert.True(opened > 10, $"{opened} of 30 could be opened");
    }

    [Fact]
    public void Without_completion_nothing_is_left_and_the_old_file_stays()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string path = folder.Write("a.mp4", "the old file");
        using (VideoWriter writer = VideoWriter.Create(path, TestClips.Options()))
        {
            for (int i = 0; i < 10; i++)
                writer.Write(TestClips.Pattern(i, 64, 48));
            Assert.Equal("the old file", File.ReadAllText(path));
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        }
        Assert.Equal(path, Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.Equal("the old file", File.ReadAllText(path));

        TestClips.Write(path, 10);
        Assert.Equal(path, Assert.Single(Directory.GetFiles(folder.Path)));
        using VideoReader reader = VideoReader.Open(path);
        Assert.Equal(10, TestClips.ReadAll(reader));
    }

    [Fact]
    public void Any_file_name_is_taken_as_a_name()
    {
        using TempFolder folder = new();
        foreach (string name in (string[])["http:x.mp4", "100%d of it.mp4", "ä 'quoted' – \u6f22.mkv", "pipe:1.mp4", "-i.mp4"])
        {
            TestClips.Write(folder[name], 3, options: TestClips.Options() with { FastStart = true });
            TestClips.Write(folder["copy.mkv"], 3, options: TestClips.Options() with { CopyStreamsFrom = folder[name] });
            using VideoReader reader = VideoReader.Open(folder[name]);
            Assert.Equal(3, TestClips.ReadAll(reader));
        }
    }

    [Fact]
    public void What_a_killed_process_left_is_swept_away()
    {
        using TempFolder folder = new();
        int dead;
        using (System.Diagnostics.Process child = System.Diagnostics.Process.Start(OperatingSystem.IsWindows() ? "hostname" : "true"))
        {
            dead = child.Id;
            child.WaitForExit();
        }
        string abandoned = folder.Write($".a.partial-{dead}-1.mp4", "half a video");
        string running = folder.Write($".a.partial-{Environment.ProcessId}-9999.mp4", "of a running process");
        string other = folder.Write($".b.partial-{dead}-1.mp4", "of another output");
        TestClips.Write(folder["a.mp4"], 3);
        Assert.Equal([running, other, folder["a.mp4"]], Directory.GetFiles(folder.Path).OrderBy(f => f == running ? 0 : f == other ? 1 : 2));
        Assert.False(File.Exists(abandoned));
    }

    [Fact]
    public void No_frame_is_an_error_and_leaves_nothing()
    {
        using TempFolder folder = new();
        using (VideoWriter writer = VideoWriter.Create(folder["a.mp4"], TestClips.Options()))
            Assert.Throws<UserErrorException>(writer.Complete);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Wrong_options_are_refused_in_one_sentence()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        VideoWriterOptions good = TestClips.Options();
        AssertRefused(folder["a.mp4"], good with { Codec = "nosuchcodec" }, "nosuchcodec");
        AssertRefused(folder["a.mp4"], good with { Codec = "aac" }, "aac");
        AssertRefused(folder["a.txt"], good, "a.txt");
        AssertRefused(folder["a.webm"], good, "webm");
        AssertRefused(folder["a.mp4"], good with { Preset = "warp" }, "warp");
        AssertRefused(folder["a.mp4"], good with { PixelFormat = "yuv999" }, "yuv999");
        AssertRefused(folder["a.mp4"], good with { CopyStreamsFrom = folder["missing.wav"] }, "missing.wav");
        AssertRefused(folder.Path, good, folder.Path);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static void AssertRefused(string path, VideoWriterOptions options, string word)
    {
        UserErrorException e = Assert.Throws<UserErrorException>(() =>
        {
            using VideoWriter writer = VideoWriter.Create(path, options);
            writer.Write(TestClips.Pattern(0, 64, 48));
        });
        Assert.Contains(word, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Times_that_do_not_rise_are_refused()
    {
        using TempFolder folder = new();
        using VideoWriter writer = VideoWriter.Create(folder["a.mp4"], TestClips.Options());
        writer.Write(TestClips.Pattern(5, 64, 48));
        Assert.Throws<UserErrorException>(() => writer.Write(TestClips.Pattern(5, 64, 48)));
        Assert.Throws<InvalidOperationException>(writer.Complete);
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_written_is_a_sentence()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux's permissions");
        using TempFolder folder = new();
        string closed = folder.Folder("closed");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // For root permissions do not count; sysfs refuses new files to everyone.
        string target = Environment.IsPrivilegedProcess ? "/sys/kernel/a.mp4" : Path.Combine(closed, "a.mp4");
        UserErrorException e = Assert.Throws<UserErrorException>(() => VideoWriter.Create(target, TestClips.Options()).Dispose());
        Assert.Contains("permission denied", e.Message);
    }

    [SkippableFact]
    public void A_full_disk_is_reported_as_such()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        using LeakCheck leaks = new();
        VideoWriterData data = new()
        {
            Crf = 0,
            TimeBaseNumerator = 1,
            TimeBaseDenominator = 25,
            Color = new VideoColor { Matrix = 2, Primaries = 2, Transfer = 2 },
        };
        using SafeVideoWriterHandle writer = SafeVideoWriterHandle.Open("/dev/full", "a.mkv", "libx264", "ultrafast", "yuv420p", null, default, data);
        ShimException e = Assert.Throws<ShimException>(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                using PooledFrame source = TestClips.Pattern(i, 160, 120);
                using SafeAvFrameHandle frame = Borrow(source);
                ShimException.ThrowIfFailed(ShimNative.fs_video_writer_write(writer, frame, i, 1));
            }
            ShimException.ThrowIfFailed(ShimNative.fs_video_writer_finish(writer));
        });
        Assert.Equal(ShimStatus.NoSpace, e.Status);
    }

    // The frame outlives the handle here only because x264 copies what it is given.
    private static unsafe SafeAvFrameHandle Borrow(PooledFrame source)
    {
        VideoFrameInfo info = new() { Width = source.Width, Height = source.Height, Format = (int)source.Format };
        for (int p = 0; p < 3; p++)
            (info.Data[p], info.Stride[p]) = (source.Plane(p).Data, source.Plane(p).Stride);
        return SafeAvFrameHandle.Wrap(info, &Nothing, 0);
    }

    [UnmanagedCallersOnly]
    private static void Nothing(nint owner)
    {
    }

    [Fact]
    public void Cancelling_stops_reading()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 10);
        using CancellationTokenSource cancel = new();
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        reader.Read(cancel.Token)!.Dispose();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => reader.Read(cancel.Token));
    }
}
