using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Resume;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Outputs written in segments with a journal, broken off and taken up again, without the conversion before them.</summary>
[Collection("engine")]
public sealed class KeptSinkTests
{
    private const int Count = 50, Segment = 8;

    private static readonly KeyValuePair<string, string>[] Same = [new("--crf", "20"), new("the model", new string('a', 64))];

    private static readonly JsonElement State = JsonDocument.Parse("{\"seen\":[1,2.5]}").RootElement;

    private static VideoWriterOptions Options(TempFolder folder) => TestClips.Options() with
    {
        Preset = "medium",
        Gaps = true,
        CopyStreamsFrom = File.Exists(folder["tone.wav"]) ? folder["tone.wav"] : TestClips.WriteTone(folder["tone.wav"], 3),
    };

    /// <summary>Writes the pattern from where the journal is up to, and stops before a frame. Returns where it began.</summary>
    private static int Write(TempFolder folder, string output, int until = Count, UnfinishedWork mode = UnfinishedWork.Resume, List<string>? warnings = null,
        Func<int, PooledFrame>? make = null)
    {
        using KeptOutput unfinished = new(output, video: true, mode);
        SegmentJournal journal = unfinished.Prepare(Same, KeptVideoSink.IsWhole, warnings is null ? null : warnings.Add);
        int first = journal.Finished.Count == 0 ? 0 : (int)journal.Finished[^1].Next.FramesWritten;
        using KeptVideoSink sink = new(journal, output, Options(folder));
        for (int i = first; i < until; i++)
        {
            if (i % Segment == 0)
                sink.Begin(new SegmentStart { Segment = i / Segment, FramesWritten = i, SourceIndex = i, SourcePts = i, RemovedTime = 0, State = State });
            // Left out in the middle of a segment, and before the first frame of one: told after the segment was begun, and again where it is taken up.
            if (i is 20 or 24)
                sink.LeaveOut(i + (i == 24 ? 5 : 0), i + (i == 24 ? 8 : 5));
            PooledFrame frame = make?.Invoke(i) ?? TestClips.Pattern(i, 160, 120);
            sink.Write(frame);
        }
        if (until == Count)
        {
            sink.Complete();
            sink.Forget();
        }
        return first;
    }

    private static byte[] Whole(TempFolder folder, string name = "whole.mp4")
    {
        Assert.Equal(0, Write(folder, folder[name]));
        return File.ReadAllBytes(folder[name]);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    public void Broken_off_anywhere_and_taken_up_the_video_is_the_same(string extension)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        byte[] whole = Whole(folder, "whole." + extension);
        string output = folder["out." + extension];
        Assert.Equal(0, Write(folder, output, 3));
        Assert.False(Directory.Exists(folder[".out." + extension + ".partial"]), "nothing was finished, so nothing is kept");
        Assert.Equal(0, Write(folder, output, 9)); // the first segment is finished behind the second one's first frame
        Assert.Equal(8, Write(folder, output, 30));
        Assert.Equal(24, Write(folder, output, 32));
        Assert.Equal(24, Write(folder, output, 33));
        Assert.Equal(32, Write(folder, output, 49));
        Assert.False(File.Exists(output));
        Assert.Equal(48, Write(folder, output));
        Assert.Equal(whole, File.ReadAllBytes(output));
        Assert.Equal(["out." + extension, "tone.wav", "whole." + extension], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_is_damaged_is_made_again()
    {
        using TempFolder folder = new();
        byte[] whole = Whole(folder);
        string output = folder["out.mp4"], kept = folder[".out.mp4.partial"], journal = Path.Combine(kept, "journal.jsonl");
        void Begin() => Write(folder, output, 49, UnfinishedWork.Restart);
        void Damage(string file, Func<byte[], byte[]> change) => File.WriteAllBytes(Path.Combine(kept, file), change(File.ReadAllBytes(Path.Combine(kept, file))));
        void Check(int first, bool warned)
        {
            List<string> warnings = [];
            Assert.Equal(first, Write(folder, output, warnings: warnings));
            Assert.Equal(warned, warnings.Any(w => w.Contains("damaged", StringComparison.Ordinal)));
            Assert.Equal(whole, File.ReadAllBytes(output));
            Assert.False(Directory.Exists(kept));
        }
        Begin();
        Assert.Equal(7, File.ReadAllLines(journal).Length);
        Damage("000003.seg", b => [.. b[..^1], (byte)(b[^1] ^ 1)]);
        Check(24, true);
        Begin();
        Damage("000001.seg", b => b[..(b.Length / 2)]);
        Check(8, true);
        Begin();
        File.Delete(Path.Combine(kept, "000000.seg"));
        Check(0, true);
        Begin();
        Damage("journal.jsonl", b => b[..^1]); // the line's end is missing, its content is whole
        Check(48, false);
        Begin();
        Damage("journal.jsonl", b => b[..^100]);
        Check(40, false);
        Begin();
        Damage("journal.jsonl", b => [.. b, .. "{\"sum\":\"00"u8, 0, 0, 0]);
        Check(48, false);
        Begin();
        Damage("journal.jsonl", b => [.. b[..(b.Length / 2)], (byte)(b[b.Length / 2] ^ 4), .. b[((b.Length / 2) + 1)..]]);
        Assert.InRange(Write(folder, output, 49), 8, 40);
        Check(48, false);
        Begin();
        File.WriteAllText(journal, "{\"sum\":\"0123456789abcdef\",\"head\":{}}\n");
        Check(0, false);
    }

    [Fact]
    public void A_journal_is_only_continued_by_the_same_conversion_and_when_asked()
    {
        using TempFolder folder = new();
        string output = folder["out.mp4"];
        Write(folder, output, 30);
        UserErrorException refused = Assert.Throws<UserErrorException>(() => new KeptOutput(output, true, UnfinishedWork.Refuse));
        Assert.Contains("first 24 frames are kept; go on with --resume, or begin anew with --restart", refused.Message);
        string Refused(params KeyValuePair<string, string>[] entries)
        {
            using KeptOutput unfinished = new(output, true, UnfinishedWork.Resume);
            return Assert.Throws<UserErrorException>(() => unfinished.Prepare(entries, KeptVideoSink.IsWhole, null)).Message;
        }
        Assert.Contains("--crf was 20 and is 18 now", Refused(new("--crf", "18"), Same[1]));
        Assert.Contains("the model is not what it was", Refused(Same[0], new("the model", new string('b', 64))));
        Assert.Equal(24, Write(folder, output, 26));
        Assert.Equal(0, Write(folder, output, 26, UnfinishedWork.Restart));
        using (KeptOutput one = new(output, true, UnfinishedWork.Resume))
            Assert.Contains("another conversion", Assert.Throws<UserErrorException>(() => new KeptOutput(output, true, UnfinishedWork.Resume)).Message);
    }

    [Fact]
    public void A_frame_that_the_encoder_refuses_costs_no_finished_segment()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        byte[] whole = Whole(folder);
        PooledFrame Broken(int i)
        {
            PooledFrame frame = TestClips.Pattern(i, 160, 120);
            frame.Pts = i == 27 ? 3 : frame.Pts;
            return frame;
        }
        Assert.Contains("do not rise", Assert.Throws<UserErrorException>(() => Write(folder, folder["out.mp4"], make: Broken)).Message);
        Assert.False(File.Exists(folder["out.mp4"]));
        Assert.Equal(24, Write(folder, folder["out.mp4"]));
        Assert.Equal(whole, File.ReadAllBytes(folder["out.mp4"]));
    }

    [SkippableTheory]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(100)]
    public void A_full_disk_is_a_sentence_and_costs_no_finished_segment(int kilobytes)
    {
        using TempFolder folder = new();
        byte[] whole = Whole(folder);
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("disk"), $"size={kilobytes}k");
        string output = disk["out.mp4"];
        UserErrorException full = Assert.Throws<UserErrorException>(() => Write(folder, output));
        Assert.Contains("disk is full", full.Message);
        Assert.False(File.Exists(output));
        Resize(disk, "2m");
        Assert.True(Write(folder, output) > 0, "at least one segment was kept");
        Assert.Equal(whole, File.ReadAllBytes(output));
    }

    private static void Resize(SmallDisk disk, string size)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("mount", ["-o", $"remount,size={size}", disk.Path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_written_is_a_sentence()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs sysfs");
        Assert.Contains("permission", Assert.Throws<UserErrorException>(() =>
        {
            using KeptOutput unfinished = new("/sys/kernel/out.mp4", true, UnfinishedWork.Refuse);
            unfinished.Prepare(Same, KeptVideoSink.IsWhole, null);
        }).Message);
    }

    [Fact]
    public void Images_go_on_where_they_were_flushed()
    {
        using TempFolder folder = new();
        string output = folder["out"];
        int Write(int until)
        {
            using KeptOutput unfinished = new(output, video: false, UnfinishedWork.Resume);
            SegmentJournal journal = unfinished.Prepare(Same, (_, record) => KeptImageSink.IsWhole(output, record), null);
            int first = journal.Finished.Count == 0 ? 0 : (int)journal.Finished[^1].Next.FramesWritten;
            using KeptImageSink sink = new(journal, ImageFolderWriter.Create(output));
            for (int i = first; i < until; i++)
            {
                if (i % Segment == 0)
                    sink.Begin(new SegmentStart { Segment = i / Segment, FramesWritten = i, SourceIndex = i, SourcePts = i, RemovedTime = 0, State = State });
                PooledFrame frame = TestClips.Pattern(i, 32, 32, PixelFormat.Bgr24);
                frame.Name = $"{i:D3}.png";
                sink.Write(frame);
            }
            if (until == 20)
            {
                sink.Complete();
                sink.Forget();
            }
            return first;
        }
        Assert.Equal(0, Write(9));
        Assert.Equal(8, Write(18));
        File.Delete(Path.Combine(output, "012.png"));
        Assert.Equal(8, Write(18));
        Assert.Equal(16, Write(20));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i:D3}.png"), Directory.GetFileSystemEntries(output).Select(Path.GetFileName).Order());
    }
}
