using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>A conversion taken up at any of its segments makes the rest as the whole conversion made it.</summary>
[Collection("engine")]
public sealed class ConvertSegmentsTests
{
    private const int Count = 60, Segment = 8;

    private sealed class SegmentedSink : MemorySink, ISegmentedSink
    {
        public List<(SegmentStart Start, int Written)> Starts { get; } = [];

        public void Begin(SegmentStart start) => Starts.Add((start, Names.Count));
    }

    private sealed record Result(SegmentedSink Sink, List<(long, long?)> Gaps, ClipCounts Counts, SteadyFaces Steady);

    private static readonly Lazy<AlignmentsFile> Shaking = new(MakeAlignments);

    // A face that shakes, a second one now and then, and none in some frames.
    private static AlignmentsFile MakeAlignments()
    {
        AlignmentsFile file = new();
        Random random = new(1);
        for (int i = 0; i < Count; i++)
        {
            FaceRecord first = GoldenFace.At(random.Next(-3, 4), random.Next(-3, 4)), second = GoldenFace.At(4 + random.Next(-2, 3), 6, 0.25);
            file.Set($"{i}.png", i % 13 == 5 ? [] : i % 20 < 8 ? [first, second] : [first]);
        }
        return file;
    }

    private static Result Run(SegmentStart? from, bool ranges, int workers = 2)
    {
        using MemorySource source = new(Count, PixelFormat.Yuv420P, first: (int)(from?.SourceIndex ?? 0));
        using SegmentedSink sink = new();
        using InvertingNetwork network = new(5);
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        List<(long, long?)> gaps = [];
        SteadyFaces steady = new(1);
        ConvertChoices choices = new()
        {
            Steady = steady,
            Ranges = ranges ? FrameRanges.Parse(["3-20", "24-30", "33-54"]) : null,
            Discard = ranges,
            OnGap = (start, end) => gaps.Add((start, end)),
            Stretch = 3,
            SegmentFrames = Segment,
            ResumeFrom = from,
        };
        Clip clip = new("clip", _ => new ClipParts(source, sink, Shaking.Value, choices)) { Lent = true };
        using ConvertPipeline pipeline = new([clip], swapper, new PipelineChoices { Workers = workers, LongestStretch = 3 });
        pipeline.Run(_ => { }, default);
        clip.ThrowIfFailed();
        return new Result(sink, gaps, clip.Counts, steady);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Taken_up_at_any_segment_the_rest_is_the_same(bool ranges)
    {
        Result whole = Run(null, ranges);
        int frames = whole.Sink.Names.Count;
        Assert.Equal((frames + Segment - 1) / Segment, whole.Sink.Starts.Count);
        foreach ((SegmentStart start, int written) in whole.Sink.Starts)
        {
            Assert.Equal((start.Segment * Segment, written), (written, (int)start.FramesWritten));
            Assert.Equal($"{start.SourceIndex}.png", whole.Sink.Names[written]);
            Assert.Equal(whole.Sink.Times[written] + start.RemovedTime, start.SourcePts);
            // As a journal keeps it.
            SegmentStart read = start with { State = JsonDocument.Parse(start.State.GetRawText()).RootElement.Clone() };
            Result rest = Run(read, ranges, workers: 3);
            Assert.Equal(whole.Sink.Names.Skip(written), rest.Sink.Names);
            Assert.Equal(whole.Sink.Times.Skip(written), rest.Sink.Times);
            Assert.Equal(whole.Sink.Frames.Skip(written), rest.Sink.Frames);
            Assert.Equal(whole.Counts, rest.Counts);
            Assert.Equal((whole.Steady.JitterBefore, whole.Steady.JitterAfter, whole.Steady.Samples, whole.Steady.Identities),
                (rest.Steady.JitterBefore, rest.Steady.JitterAfter, rest.Steady.Samples, rest.Steady.Identities));
            Assert.Equal(whole.Gaps.TakeLast(rest.Gaps.Count), rest.Gaps);
            Assert.Equal(whole.Sink.Starts.Skip(start.Segment).Select(s => (s.Start.FramesWritten, s.Start.SourceIndex, s.Start.RemovedTime, s.Start.State.GetRawText())),
                rest.Sink.Starts.Select(s => (s.Start.FramesWritten, s.Start.SourceIndex, s.Start.RemovedTime, s.Start.State.GetRawText())));
        }
        Assert.Equal(whole.Gaps, ranges ? [(0, 3), (21, 24), (31, 33), (55, null)] : []);
    }

    [Fact]
    public void A_state_that_is_not_ours_is_refused()
    {
        SegmentStart start = Run(null, false).Sink.Starts[1].Start;
        foreach (string state in new[] { "{}", "{\"counts\":{},\"faces\":\"AAAA\"}", "3" })
        {
            SegmentStart bad = start with { State = JsonDocument.Parse(state).RootElement.Clone() };
            Assert.Contains("convert from the beginning", Assert.Throws<UserErrorException>(() => Run(bad, false)).Message);
        }
    }
}
