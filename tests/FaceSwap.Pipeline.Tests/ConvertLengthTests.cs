using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Steady;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Nothing grows with a video's length.</summary>
[Collection("engine")]
public sealed class ConvertLengthTests
{
    // The places are ends of stretches. The last stretch waits there for the first frame of the next one; all before it come out.
    private const int Segment = 480, Stretch = 12;
    private static readonly int[] Early = [Segment, 2 * Segment, 3 * Segment], Late = [8 * Segment, 9 * Segment, 10 * Segment];

    // A leak of 25 bytes a frame; the nearest of the two sets of places are 2,400 frames apart.
    private const long MostGrowth = 25L * 5 * Segment;

    private sealed class CountingSink : ISegmentedSink
    {
        private int written;

        public IReadOnlyList<string> Warnings => [];

        // How much is under way at a moment depends on how busy the machine is: memory is comparable only where nothing is.
        public void AwaitFrames(int count)
        {
            lock (this)
            {
                while (written < count)
                    Assert.True(Monitor.Wait(this, TimeSpan.FromMinutes(5)), $"{written} frames of {count} came out");
            }
        }

        public void Begin(SegmentStart start)
        {
        }

        public void Write(Frame frame)
        {
            frame.Dispose();
            lock (this)
            {
                written++;
                Monitor.PulseAll(this);
            }
        }

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public void Managed_memory_is_the_same_early_and_late() => Assert.InRange(Growth(_ => { }), -1 << 20, MostGrowth);

    [Fact]
    public void A_leak_of_a_hundred_bytes_a_frame_would_be_seen()
    {
        List<byte[]> leak = [];
        Assert.True(Growth(_ => leak.Add(new byte[76])) > MostGrowth);
        Assert.NotEmpty(leak);
    }

    // A job without what it keeps for faces.
    private static long BytesOfJob()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        FrameJob job = new();
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(job);
        return bytes;
    }

    // Of three places each the most early and the least late, so that a cache that once had to grow is no growth with the length. How many jobs there are hangs on
    // how far the stages once ran apart, which is bounded by the queues and not by the length: they are counted by themselves.
    private static long Growth(Action<int> eachFrame)
    {
        using CountingSink sink = new();
        Dictionary<int, long> bytes = [];
        _ = BytesOfJob(); // the first one prepares the type
        long ofJob = BytesOfJob();
        long keptByOne = 0;
        ConvertPipeline? running = null;
        using MemorySource source = new(Late[^1] + 100, PixelFormat.Yuv420P)
        {
            OnRead = next =>
            {
                eachFrame(next);
                if (!Early.Contains(next) && !Late.Contains(next))
                    return;
                sink.AwaitFrames(next - Stretch);
                GC.Collect();
                GC.WaitForPendingFinalizers();
                (int jobs, long kept) = running!.Jobs;
                bytes[next] = GC.GetTotalMemory(forceFullCollection: true) - (jobs * ofJob) - kept;
                // Faces are one a frame: what a job keeps for it stays as large.
                keptByOne = Math.Max(keptByOne, kept / jobs);
            },
        };
        using HostSwapper swapper = new(new InvertingNetwork(4), () => new MaskedConverter(new MaskedOptions()));
        ConvertChoices choices = new() { Stretch = Stretch, EmptyStretch = 24, SegmentFrames = Segment, Steady = new SteadyFaces(1) };
        PipelineChoices pipelineChoices = new() { LongestStretch = Stretch, LongestEmptyStretch = 24, Patience = TimeSpan.FromMilliseconds(20) };
        using ConvertPipeline pipeline = new(source, sink, swapper, null, pipelineChoices, choices);
        running = pipeline;
        pipeline.Run(_ => { }, default);
        // What the queue of ordered frames takes, a stretch that is being read, and what is in the stages behind.
        Assert.InRange(pipeline.Jobs.Count, 1, ((pipelineChoices.Workers + 2) * pipelineChoices.LongestEmptyStretch) + 40);
        Assert.InRange(keptByOne, 1, 2 * sizeof(float) * 64 * 64 * 3 + 2048);
        Assert.Equal(Late[^1] + 100, pipeline.Faces);
        return Late.Min(at => bytes[at]) - Early.Max(at => bytes[at]);
    }
}
