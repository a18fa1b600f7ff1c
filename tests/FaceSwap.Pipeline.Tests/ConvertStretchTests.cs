using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Resume;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>How frames are grouped to be searched: more of them where no face is in sight.</summary>
[Collection("engine")]
public sealed class ConvertStretchTests
{
    private const int Count = 72, Segment = 24, Stretch = 3, Empty = 6;

    /// <summary>The golden frame where a face is to be seen, otherwise an even grey.</summary>
    private sealed class NowAndThen(Func<int, bool> face, int first) : IFrameSource
    {
        private readonly MemorySource frames = new(Count, PixelFormat.Yuv420P, first: first);
        private int next = first;

        public FrameSourceInfo Info => frames.Info;

        public IReadOnlyList<string> Warnings => [];

        public Frame? Read(CancellationToken cancellation = default)
        {
            Frame? frame = frames.Read(cancellation);
            if (frame is not null && !face(next++))
            {
                for (int y = 0; y < frame.Height; y++)
                    frame.Plane(0).RowSpan(y).Fill(90);
            }
            return frame;
        }

        public void Dispose() => frames.Dispose();
    }

    private sealed class SegmentedSink : MemorySink, ISegmentedSink
    {
        public List<SegmentStart> Starts { get; } = [];

        public void Begin(SegmentStart start) => Starts.Add(start);
    }

    private sealed record Result(SegmentedSink Sink, long Searches, ClipCounts Counts);

    private static Result Run(Func<int, bool> face, int empty, SegmentStart? from = null, int workers = 1, bool segments = false, long frames = 1L << 30)
    {
        using NowAndThen source = new(face, (int)(from?.SourceIndex ?? 0));
        using SegmentedSink sink = new();
        using HostSwapper swapper = new(new InvertingNetwork(4), () => new MaskedConverter(new MaskedOptions()));
        ConvertChoices choices = new() { Stretch = Stretch, EmptyStretch = empty, SegmentFrames = segments ? Segment : 0, ResumeFrom = from };
        Clip clip = new("clip", _ => new ClipParts(source, sink, null, choices)) { Lent = true };
        long bytes = FrameLayout.Bytes(source.Info.Width, source.Info.Height, PixelFormat.Yuv420P);
        using ConvertPipeline pipeline = new([clip], swapper, new PipelineChoices
        {
            Workers = workers,
            LongestStretch = Stretch,
            LongestEmptyStretch = empty,
            FrameBytes = Math.Min(frames, 4096) * bytes,
        });
        pipeline.Run(_ => { }, default);
        clip.ThrowIfFailed();
        return new Result(sink, pipeline.Searches, clip.Counts);
    }

    [Fact]
    public void Without_a_face_in_sight_half_as_many_frames_are_searched()
    {
        // The first two stretches know nothing of one before them; the last frame is searched too.
        Assert.Equal(2 + ((Count - (2 * Stretch)) / Empty) + 1, Run(_ => false, Empty).Searches);
        Assert.Equal((Count / Stretch) + 1, Run(_ => false, Stretch).Searches);
        Assert.Equal(Run(_ => true, Stretch).Searches, Run(_ => true, Empty).Searches);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_same_faces_are_found_wherever_they_come_and_go(int workers)
    {
        foreach ((int from, int to) in new[] { (0, 9), (20, Count), (31, 45), (17, 18), (64, Count) })
        {
            bool Face(int i) => i >= from && i < to;
            Result longer = Run(Face, Empty, workers: workers), shorter = Run(Face, Stretch, workers: workers);
            Assert.Equal(to - from, longer.Counts.Faces);
            Assert.Equal(shorter.Sink.Names, longer.Sink.Names);
            Assert.Equal(shorter.Sink.Frames, longer.Sink.Frames);
        }
    }

    [Fact]
    public void Taken_up_at_any_segment_the_rest_is_the_same()
    {
        static bool Face(int i) => i % 40 > 33;
        Result whole = Run(Face, Empty, segments: true);
        Assert.Equal(Count / Segment, whole.Sink.Starts.Count);
        foreach (SegmentStart start in whole.Sink.Starts)
        {
            Result rest = Run(Face, Empty, start, segments: true);
            Assert.Equal(whole.Counts, rest.Counts);
            Assert.Equal(whole.Sink.Frames.Skip((int)start.FramesWritten), rest.Sink.Frames);
        }
    }

    // With faces that wait for a batch in front of a long stretch, the memory must do for both.
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    public async Task Little_memory_shortens_stretches_and_blocks_nothing(int frames)
    {
        static bool Face(int i) => i % 19 == 7 || i % 31 == 0;
        Task<Result> run = Task.Run(() => Run(Face, 1000, frames: frames));
        Result done = await run.WaitAsync(TimeSpan.FromMinutes(2)); // unless the stages wait for each other
        Assert.Equal(Count, done.Sink.Names.Count);
    }

    [Fact]
    public void Lengths_leave_room_for_what_waits()
    {
        for (int total = 4; total < 200; total++)
        {
            using PipelineQueues queues = new(new PipelineChoices { FrameBytes = total, LongestStretch = 12, LongestEmptyStretch = 24 });
            (int length, int empty) = queues.StretchLengths(new ConvertChoices { Stretch = 12, EmptyStretch = 24 }, 1);
            Assert.InRange(length, 1, 12);
            Assert.InRange(empty, length, 24);
            // A long stretch, the frame after it, and a batch that is not sent off yet.
            Assert.True(empty == length || empty + 1 + (int)Math.Ceiling((double)queues.PendingBytes) - 1 <= total);
        }
    }
}
