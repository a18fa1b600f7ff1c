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
    private const int Early = 500, Late = 4500;

    private sealed class WeighingSink : ISegmentedSink
    {
        private int written;

        public long EarlyBytes { get; private set; }

        public long LateBytes { get; private set; }

        public IReadOnlyList<string> Warnings => [];

        public void Begin(SegmentStart start)
        {
        }

        public void Write(Frame frame)
        {
            frame.Dispose();
            written++;
            if (written == Early)
                EarlyBytes = GC.GetTotalMemory(forceFullCollection: true);
            if (written == Late)
                LateBytes = GC.GetTotalMemory(forceFullCollection: true);
        }

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public void Managed_memory_is_the_same_early_and_late()
    {
        using MemorySource source = new(Late + 100, PixelFormat.Yuv420P);
        using WeighingSink sink = new();
        using HostSwapper swapper = new(new InvertingNetwork(4), () => new MaskedConverter(new MaskedOptions()));
        ConvertChoices choices = new() { Stretch = 12, EmptyStretch = 24, SegmentFrames = 480, Steady = new SteadyFaces(1) };
        using ConvertPipeline pipeline = new(source, sink, swapper, null, new PipelineChoices { LongestStretch = 12, LongestEmptyStretch = 24 }, choices);
        pipeline.Run(_ => { }, default);
        Assert.Equal(Late + 100, pipeline.Faces);
        Assert.InRange(sink.LateBytes - sink.EarlyBytes, -1 << 20, 100 * 1024);
    }
}
