using FaceSwap.Core.Frames;
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

    // Of three places each the most early and the least late, so that a cache that once had to grow is no growth with the length.
    private static long Growth(Action<int> eachFrame)
    {
        using CountingSink sink = new();
        Dictionary<int, long> bytes = [];
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
                bytes[next] = GC.GetTotalMemory(forceFullCollection: true);
            },
        };
        using HostSwapper swapper = new(new InvertingNetwork(4), () => new MaskedConverter(new MaskedOptions()));
        ConvertChoices choices = new() { Stretch = Stretch, EmptyStretch = 24, SegmentFrames = Segment, Steady = new SteadyFaces(1) };
        PipelineChoices pipelineChoices = new() { LongestStretch = Stretch, LongestEmptyStretch = 24, Patience = TimeSpan.FromMilliseconds(20) };
        using ConvertPipeline pipeline = new(source, sink, swapper, null, pipelineChoices, choices);
        pipeline.Run(_ => { }, default);
        Assert.Equal(Late[^1] + 100, pipeline.Faces);
        return Late.Min(at => bytes[at]) - Early.Max(at => bytes[at]);
    }
}
