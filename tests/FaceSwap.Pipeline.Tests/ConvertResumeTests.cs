using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Media;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Resume;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Conversions that are cancelled or fail, and taken up again.</summary>
[Collection("engine")]
public sealed class ConvertResumeTests
{
    private const int Frames = 40;

    private static ConvertOptions Options(TempFolder folder, string output, UnfinishedWork mode = UnfinishedWork.Refuse)
    {
        _ = TinyModel.Definition; // registers it
        if (!File.Exists(folder["clip.mkv"]))
            ConvertClip.WriteAlignments(ConvertClip.Write(folder, Frames), Frames);
        return new ConvertOptions
        {
            Input = folder["clip.mkv"],
            Output = output,
            ModelDirectory = Directory.Exists(folder["model"]) ? folder["model"] : ConvertClip.Model(folder),
            BatchSize = 2,
            SegmentFrames = 7,
            Unfinished = mode,
        };
    }

    private static ConvertSummary Run(ConvertOptions options, List<string>? warnings = null, long stopAfter = long.MaxValue)
    {
        using CpuBackend backend = new(1);
        using CancellationTokenSource stop = new();
        return new ConvertWorkflow(options with { FrameWritten = n => CancelAt(stop, n, stopAfter) }, backend, warnings is null ? null : warnings.Add).Run(null, stop.Token);
    }

    private static void CancelAt(CancellationTokenSource stop, long frames, long after)
    {
        if (frames >= after)
            stop.Cancel();
    }

    private static void Break(ConvertOptions options, int after, List<string>? warnings = null) =>
        Assert.ThrowsAny<OperationCanceledException>(() => Run(options, warnings, after));

    [Fact]
    public void A_cancelled_conversion_says_how_to_go_on_and_does()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        ConvertOptions options = Options(folder, folder["out.mp4"]) with { Detect = true };
        Run(options with { Output = folder["whole.mp4"] });
        List<string> warnings = [];
        Break(options, 20, warnings);
        Assert.Contains(warnings, w => w.Contains("--resume", StringComparison.Ordinal));
        Assert.False(File.Exists(options.Output));
        Assert.Contains("--restart", Assert.Throws<UserErrorException>(() => Run(options)).Message);
        ConvertSummary rest = Run(options with { Unfinished = UnfinishedWork.Resume });
        Assert.Equal(14, rest.FramesResumed);
        Assert.Equal(Frames, rest.Frames);
        Assert.Equal(File.ReadAllBytes(folder["whole.mp4"]), File.ReadAllBytes(options.Output));
        Assert.False(Directory.Exists(folder[".out.mp4.partial"]));
        // Once more: it is finished, and nothing is done.
        DateTime written = File.GetLastWriteTimeUtc(options.Output);
        ConvertSummary again = Run(options with { Unfinished = UnfinishedWork.Resume });
        Assert.Equal((Frames, Frames, rest.FacesConverted), (again.Frames, again.FramesResumed, again.FacesConverted));
        Assert.Equal(written, File.GetLastWriteTimeUtc(options.Output));
        // Finished, but by other settings.
        Assert.Equal(0, Run(options with { Unfinished = UnfinishedWork.Resume, Crf = 30 }).FramesResumed);
        Assert.NotEqual(written, File.GetLastWriteTimeUtc(options.Output));
    }

    [Theory]
    [InlineData("\"faces\":\"[^\"]*\"", "\"faces\":\"AAAA\"")]
    [InlineData("\"faces\":\"[^\"]*\"", "\"faces\":17")]
    [InlineData("\"counts\":{[^}]*}", "\"counts\":null")]
    [InlineData("\"counts\":{[^}]*}", "\"counts\":{}")]
    [InlineData("\"counts\":{\"frames\":14", "\"counts\":{\"frames\":-1")]
    [InlineData("\"unselected\":0", "\"unselected\":15")]
    [InlineData("\"sourcePts\":[0-9]*", "\"sourcePts\":9223372036854775807")]
    [InlineData("\"sourcePts\":[0-9]*", "\"sourcePts\":-9223372036854775808")]
    [InlineData("\"sourcePts\":[0-9]*", "\"sourcePts\":1000000000000")]
    [InlineData("\"sourcePts\":([0-9]*)", "\"sourcePts\":${1}1")]
    [InlineData("\"sourcePts\":[0-9]*", "\"sourcePts\":1")]
    [InlineData("\"removedTime\":0", "\"removedTime\":9223372036854775807")]
    [InlineData("\"namesBefore\":0", "\"namesBefore\":9223372036854775807")]
    public void A_forged_segment_is_made_again(string field, string value)
    {
        using TempFolder folder = new();
        ConvertOptions options = Options(folder, folder["out.mp4"], UnfinishedWork.Resume);
        Run(options with { Output = folder["whole.mp4"] });
        Break(options, 20);
        string journal = folder[".out.mp4.partial/journal.jsonl"];
        string[] lines = File.ReadAllLines(journal);
        Assert.Equal(3, lines.Length);
        const string start = "\"segment\":";
        int at = lines[2].IndexOf(start, StringComparison.Ordinal) + start.Length;
        string was = lines[2][at..^1], text = Regex.Replace(was, field, value);
        Assert.NotEqual(was, text);
        string sum = System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
        lines[2] = $"{SegmentJournal.LineStart}{sum}\",{start}{text}}}";
        File.WriteAllText(journal, string.Join('\n', lines) + "\n");
        Assert.Equal(7, Run(options).FramesResumed);
        Assert.Equal(File.ReadAllBytes(folder["whole.mp4"]), File.ReadAllBytes(options.Output));
    }

    [Fact]
    public void Only_the_same_conversion_goes_on()
    {
        using TempFolder folder = new();
        ConvertOptions options = Options(folder, folder["out.mp4"], UnfinishedWork.Resume);
        Break(options, 20);
        void Refused(string why, ConvertOptions changed) => Assert.Contains(why, Assert.Throws<UserErrorException>(() => Run(changed)).Message);
        Refused("--crf was 15 and is 16 now", options with { Crf = 16 });
        Refused("--steady was 1 and is off now", options with { Steady = false });
        Refused("--alignments", options with { Detect = true });
        Refused("the blend's blurSize", options with { Blend = options.Blend with { BlurSize = 3 } });
        Refused("the direction of the model", options with { SwapModel = true });
        Refused("--frame-ranges was all and is 1-20 now", options with { Ranges = FrameRanges.Parse(["1-20"]) });
        Refused("--segment-frames was 7 and is 9 now", options with { SegmentFrames = 9 });
        DateTime time = File.GetLastWriteTimeUtc(options.Input);
        File.SetLastWriteTimeUtc(options.Input, time.AddSeconds(1));
        Refused("the input's content is not what it was", options);
        File.SetLastWriteTimeUtc(options.Input, time);
        Directory.Move(folder["model"], folder["model_before"]);
        File.Delete(folder["tone.wav"]);
        Assert.True(Run(options with { ModelDirectory = folder["model_before"] }).FramesResumed > 0);
    }

    [Fact]
    public void Restart_begins_anew_and_one_piece_keeps_nothing()
    {
        using TempFolder folder = new();
        ConvertOptions options = Options(folder, folder["out.mp4"]);
        Break(options, 20);
        Assert.Equal(0, Run(options with { Unfinished = UnfinishedWork.Restart }).FramesResumed);
        ConvertOptions piece = options with { Output = folder["piece.mp4"], SegmentFrames = 0 };
        Break(piece, 20);
        Assert.False(Directory.Exists(folder[".piece.mp4.partial"]));
        Run(piece);
        using VideoReader one = VideoReader.Open(piece.Output), segments = VideoReader.Open(options.Output);
        while (one.Read() is { } a)
        {
            using (a)
            using (Core.Frames.Frame b = segments.Read()!)
                Assert.Equal((a.Pts, a.Duration), (b.Pts, b.Duration));
        }
        Assert.Null(segments.Read());
    }

    [Fact]
    public void A_stretch_of_a_video_with_alignments_goes_on_with_its_names()
    {
        using TempFolder folder = new();
        ConvertOptions options = Options(folder, folder["out.mkv"], UnfinishedWork.Resume) with
        {
            StartSeconds = 0.2,
            DurationSeconds = 1.2,
            Ranges = FrameRanges.Parse(["8-11", "14-33"]),
            DiscardFrames = true,
            SegmentFrames = 5,
        };
        Run(options with { Output = folder["whole.mkv"] });
        Break(options, 12);
        Assert.Equal(10, Run(options).FramesResumed);
        Assert.Equal(File.ReadAllBytes(folder["whole.mkv"]), File.ReadAllBytes(options.Output));
    }

    [Fact]
    public void Of_several_inputs_those_that_are_finished_are_skipped()
    {
        using TempFolder folder = new();
        ConvertOptions options = Options(folder, "", UnfinishedWork.Resume) with { Provenance = false };
        File.Copy(options.Input, folder["second.mkv"]);
        ConvertClip.WriteAlignments(folder["second.mkv"], Frames);
        ConvertFile[] files = [new(options.Input, folder["out/clip.mkv"]), new(folder["second.mkv"], folder["out/second.mkv"]), new(folder["missing.mkv"], folder["out/missing.mkv"])];
        ConvertManySummary All(long stopAfter = long.MaxValue)
        {
            using CpuBackend backend = new(1);
            using CancellationTokenSource stop = new();
            return new ConvertManyWorkflow(options with { FrameWritten = n => CancelAt(stop, n, stopAfter) }, files, backend).Run(null, stop.Token);
        }
        Assert.ThrowsAny<OperationCanceledException>(() => All(Frames + 30));
        Assert.True(File.Exists(files[0].Output));
        Assert.False(File.Exists(files[1].Output));
        ConvertManySummary done = All();
        // The first was finished, or its segments were joined just then.
        Assert.InRange(done.Files[0].Summary!.FramesResumed, 35, Frames);
        Assert.Equal(28, done.Files[1].Summary!.FramesResumed);
        Assert.NotNull(done.Files[2].Failure);
        Assert.Equal(File.ReadAllBytes(files[0].Output), File.ReadAllBytes(files[1].Output));
        Assert.Equal([Frames, Frames], All().Files.Take(2).Select(f => f.Summary!.FramesResumed));
    }
}
