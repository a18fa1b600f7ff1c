using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The stages of a conversion with a stand-in network: order, batches, untouched pixels, failures, stops.</summary>
[Collection("engine")]
public sealed class ConvertPipelineTests
{
    // Every third frame has no face, every third has two.
    private static AlignmentsFile Alignments(int frames)
    {
        AlignmentsFile file = new();
        for (int i = 0; i < frames; i++)
            file.Set($"{i}.png", (i % 3) switch { 0 => [], 1 => [GoldenFace.Record], _ => [GoldenFace.Record, GoldenFace.Record] });
        return file;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    [InlineData(64, 2)]
    public void Order_is_kept_and_only_faces_change(int batch, int workers)
    {
        const int count = 40;
        using LeakCheck leaks = new();
        using MemorySource source = new(count);
        using MemorySink sink = new();
        using InvertingNetwork network = new(batch);
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        using (ConvertPipeline pipeline = new(source, sink, swapper, Alignments(count), workers))
        {
            pipeline.Run(_ => { }, default);
            Assert.Equal((count, 39, 14), (pipeline.Frames, pipeline.Faces, pipeline.Counts.WithoutFace));
        }
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}.png"), sink.Names);
        byte[] untouched = sink.Frames[0][0], converted = sink.Frames[1][0];
        Assert.NotEqual(untouched, converted);
        for (int i = 0; i < count; i++)
        {
            if (i % 3 != 2)
                Assert.Equal(i % 3 == 0 ? untouched : converted, sink.Frames[i][0]);
        }
        RectI rect = GoldenFace.Record.Rect;
        int outside = 0;
        for (int i = 0; i < untouched.Length; i++)
        {
            int x = i / 3 % source.Info.Width, y = i / 3 / source.Info.Width;
            bool far = x < rect.X - 20 || x > rect.Right + 20 || y < rect.Y - 20 || y > rect.Bottom + 40;
            outside += far && untouched[i] != converted[i] ? 1 : 0;
        }
        Assert.Equal(0, outside);
    }

    [Fact]
    public void Failure_of_a_stage_stops_all_and_is_the_one_reported()
    {
        using LeakCheck leaks = new();
        using MemorySource source = new(1000);
        using MemorySink sink = new();
        using InvertingNetwork network = new(4, () => throw new InvalidOperationException("network broke"));
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        using ConvertPipeline pipeline = new(source, sink, swapper, Alignments(1000), 2);
        Assert.Equal("network broke", Assert.Throws<InvalidOperationException>(() => pipeline.Run(_ => { }, default)).Message);
    }

    [Fact]
    public void Failure_of_the_source_is_reported()
    {
        using LeakCheck leaks = new();
        using MemorySource source = new(1000, failAt: 30);
        using MemorySink sink = new();
        using InvertingNetwork network = new(4);
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        using ConvertPipeline pipeline = new(source, sink, swapper, Alignments(1000), 2);
        Assert.Equal("broken here", Assert.Throws<InvalidDataException>(() => pipeline.Run(_ => { }, default)).Message);
    }

    [Fact]
    public void Cancelling_stops_all_stages()
    {
        using LeakCheck leaks = new();
        using CancellationTokenSource cancel = new();
        using MemorySource source = new(100000);
        using MemorySink sink = new();
        using InvertingNetwork network = new(4);
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        using ConvertPipeline pipeline = new(source, sink, swapper, Alignments(10), 2);
        Assert.ThrowsAny<OperationCanceledException>(() => pipeline.Run(frames =>
        {
            if (frames == 20)
                cancel.Cancel();
        }, cancel.Token));
        Assert.InRange(sink.Names.Count, 20, 200);
    }
}
