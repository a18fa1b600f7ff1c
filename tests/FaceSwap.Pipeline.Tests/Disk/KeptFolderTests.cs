using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FaceSwap.Core;
using FaceSwap.Pipeline.Resume;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Disk;

/// <summary>The folder of unfinished work: nothing in it that is not proved to be ours is touched, and nothing in it is believed.</summary>
public sealed class KeptFolderTests : IDisposable
{
    private const string SegmentMark = "FSSEG01\n";

    private static readonly KeyValuePair<string, string>[] Same = [new("--crf", "20")];

    private readonly TempFolder folder = new("kept");
    private readonly string output, kept;

    public KeptFolderTests() => (output, kept) = (folder["out.mp4"], folder[".out.mp4.partial"]);

    public void Dispose() => folder.Dispose();

    private string[] Kept() => [.. Directory.GetFileSystemEntries(kept).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private void Begin(UnfinishedWork mode = UnfinishedWork.Refuse, bool finish = true)
    {
        using KeptOutput unfinished = new(output, video: true, mode);
        using SegmentJournal journal = unfinished.Prepare(Same, KeptVideoSink.IsWhole, null);
        if (finish)
            journal.Remove();
    }

    private void Forge(params string[] lines)
    {
        Directory.CreateDirectory(kept);
        File.WriteAllText(Path.Combine(kept, "journal.jsonl"), string.Concat(lines.Select(l => l + "\n")));
    }

    // With the checksum that it should have.
    private static string Line(string kind, string json) =>
        $"{{\"sum\":\"{System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)).AsSpan(0, 8))}\",\"{kind}\":{json}}}";

    private static readonly string Head = Line("head", "{\"entries\":[{\"key\":\"--crf\",\"value\":\"20\"}]}");

    private static string Segment(string files = "[{\"name\":\"000000.seg\",\"bytes\":8,\"sha256\":\"00\"}]", string frames = "8", string segment = "0", string next = "1",
        string gaps = "[]", string written = "8", string state = "{}", string warnings = "[]") => Line("segment",
        $"{{\"segment\":{segment},\"frames\":{frames},\"files\":{files},\"gaps\":{gaps},\"warnings\":{warnings},\"namesBefore\":0,\"next\":"
        + $"{{\"segment\":{next},\"sourceIndex\":8,\"sourcePts\":8,\"framesWritten\":{written},\"removedTime\":0,\"state\":{state}}}}}");

    [Fact]
    public void A_persons_files_stay_whatever_the_command_does()
    {
        folder.Write(".out.mp4.partial/photo.jpg", "precious");
        folder.Write(".out.mp4.partial/lock", "precious");
        folder.Write(".out.mp4.partial/sub/000000.seg", "precious");
        new KeptOutput(output, true, UnfinishedWork.Refuse).Dispose();
        new KeptOutput(output, true, UnfinishedWork.Restart).Dispose();
        Assert.Equal(["lock", "photo.jpg", "sub"], Kept());
        Begin(finish: false);
        Begin();
        Begin(UnfinishedWork.Restart);
        Assert.Equal(["lock", "photo.jpg", "sub"], Kept());
        Assert.Equal("precious", File.ReadAllText(Path.Combine(kept, "photo.jpg")));
        Assert.True(File.Exists(Path.Combine(kept, "sub", "000000.seg")));
    }

    [Theory]
    [InlineData("journal.jsonl")]
    [InlineData("000000.seg")]
    [InlineData("000003.seg.tmp")]
    public void A_persons_file_of_a_name_that_is_needed_is_refused(string name)
    {
        string path = folder.Write($".out.mp4.partial/{name}", "precious");
        foreach (UnfinishedWork mode in Enum.GetValues<UnfinishedWork>())
            Assert.Contains("in the way", Assert.Throws<UserErrorException>(() => Begin(mode)).Message);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_link_is_followed(bool whole)
    {
        string precious = folder.Write("precious/000000.seg", SegmentMark + "precious"), place = whole ? kept : Path.Combine(kept, "000000.seg.tmp");
        if (!whole)
            Directory.CreateDirectory(kept);
        File.CreateSymbolicLink(place, whole ? folder["precious"] : precious);
        foreach (UnfinishedWork mode in Enum.GetValues<UnfinishedWork>())
            Assert.Contains("in the way", Assert.Throws<UserErrorException>(() => Begin(mode)).Message);
        Assert.Equal(SegmentMark + "precious", File.ReadAllText(precious));
        Assert.NotNull(new FileInfo(place).LinkTarget);
    }

    [SkippableTheory]
    [InlineData("journal.jsonl")]
    [InlineData("000000.seg")]
    public void Pipes_are_not_opened(string name)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such pipes");
        Directory.CreateDirectory(kept);
        using (Process make = Process.Start("mkfifo", [Path.Combine(kept, name)]))
            make.WaitForExit();
        Assert.Contains("in the way", Assert.Throws<UserErrorException>(() => Begin(UnfinishedWork.Resume)).Message);
    }

    [Fact]
    public void What_a_kill_leaves_before_the_first_segment_is_ours()
    {
        string[][] leftovers =
        [
            [], ["lock"], ["lock", "journal.jsonl"], ["000000.seg.tmp", "000001.seg"],
        ];
        foreach (string[] names in leftovers)
        {
            Directory.CreateDirectory(kept);
            foreach (string name in names)
                folder.Write($".out.mp4.partial/{name}", name.Contains("seg", StringComparison.Ordinal) ? SegmentMark[..3] : "");
            Begin();
            Assert.False(Directory.Exists(kept), string.Join(' ', names));
        }
        Forge(Head);
        Begin();
        Assert.False(Directory.Exists(kept));
    }

    [Fact]
    public void A_forged_journal_counts_as_far_as_it_is_possible()
    {
        string good = Segment();
        string[] forged =
        [
            Line("segment", "null"), Line("segment", "{}"), Line("segment", "[]"), Segment(files: "null"), Segment(files: "[]"), Segment(files: "[null]"),
            Segment(files: "[{\"name\":\"../../precious\",\"bytes\":8,\"sha256\":\"00\"}]"), Segment(files: "[{\"name\":\"/dev/zero\",\"bytes\":0,\"sha256\":\"00\"}]"),
            Segment(files: "[{\"name\":null,\"bytes\":8,\"sha256\":null}]"), Segment(files: "[{\"name\":\"000000.seg\",\"bytes\":-1,\"sha256\":\"00\"}]"),
            Segment(files: "[{\"name\":\"a\",\"bytes\":1},{\"name\":\"a\",\"bytes\":1}]"), Segment(frames: "-8"), Segment(frames: "9223372036854775807"), Segment(frames: "1e300"),
            Segment(segment: "-1", next: "0"), Segment(next: "2147483647"), Segment(gaps: "null"), Segment(gaps: "[null]"), Segment(gaps: "[[1]]"), Segment(gaps: "[[9,1]]"),
            Segment(written: "-9223372036854775808"), Segment(written: "9223372036854775807"), Segment(state: "null"), Segment(state: "3"), Segment(warnings: "[null]"), "null", "[]", "\"\"",
        ];
        foreach (string line in forged)
        {
            Forge(Head, line, good);
            using KeptOutput unfinished = new(output, true, UnfinishedWork.Resume);
            Assert.True(unfinished.FramesKept == 0, line);
        }
        Forge(Head, good);
        using (KeptOutput unfinished = new(output, true, UnfinishedWork.Resume))
            Assert.Equal(8, unfinished.FramesKept); // so the others failed by what was forged
        foreach (string head in (string[])["{}", "{\"entries\":null}", "{\"entries\":[{\"key\":null,\"value\":\"1\"}]}", "{\"entries\":[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"1\"}]}"])
        {
            Forge(Line("head", head), good);
            Begin(UnfinishedWork.Resume);
        }
    }

    /// <summary>A segment with the hash that a forged journal gives is none for that.</summary>
    [Fact]
    public void A_forged_segment_is_made_again()
    {
        byte[] segment = Encoding.UTF8.GetBytes(SegmentMark + "nothing");
        Forge(Head, Segment($"[{{\"name\":\"000000.seg\",\"bytes\":{segment.Length},\"sha256\":\"{System.Convert.ToHexStringLower(SHA256.HashData(segment))}\"}}]"));
        File.WriteAllBytes(Path.Combine(kept, "000000.seg"), segment);
        using KeptOutput unfinished = new(output, true, UnfinishedWork.Resume);
        List<string> warnings = [];
        using SegmentJournal journal = unfinished.Prepare(Same, KeptVideoSink.IsWhole, warnings.Add);
        Assert.Empty(journal.Finished);
        Assert.Contains("damaged", Assert.Single(warnings));
    }

    [Fact]
    public void A_forged_record_of_a_finished_output_is_none()
    {
        folder.Write("out.mp4", "video");
        foreach (string text in (string[])["null", "{}", "[]", "{\"settings\":null}", "{\"settings\":{\"conversion\":\"x\"},\"output\":null}", "{\"settings\":{\"conversion\":null}}",
            "{\"settings\":{\"conversion\":\"x\"},\"frames\":-1,\"output\":{\"name\":\"out.mp4\",\"sha256\":null}}"])
        {
            folder.Write("out.provenance.json", text);
            folder.Write(".out.mp4.finished.json", text);
            Assert.Null(FinishedOutput.Find(output, "x", default));
        }
    }
}
