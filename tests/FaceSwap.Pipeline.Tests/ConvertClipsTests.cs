using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Several clips through one pipeline: kept apart, without a pause between them, and what goes wrong with one stays with it.</summary>
[Collection("engine")]
public sealed class ConvertClipsTests
{
    private readonly List<string> ended = [];

    // A face in every frame but the first.
    private static AlignmentsFile Alignments(int frames)
    {
        AlignmentsFile file = new();
        for (int i = 0; i < frames; i++)
            file.Set($"{i}.png", i == 0 ? [] : [GoldenFace.Record]);
        return file;
    }

    private static Clip Make(string name, MemorySource source, MemorySink sink, ConvertChoices? choices = null) =>
        new(name, _ => new ClipParts(source, sink, Alignments(1000), choices ?? new ConvertChoices()));

    private ConvertPipeline Run(IEnumerable<Clip> clips, IFaceNetwork network, int workers = 2, long frameBytes = 160 << 20)
    {
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        ConvertPipeline pipeline = new(clips, swapper, new PipelineChoices { Workers = workers, FrameBytes = frameBytes, LongestStretch = 12, OnClipEnd = c => ended.Add(c.Name) });
        try
        {
            pipeline.Run(_ => { }, default);
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
        return pipeline;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 12)]
    public void Clips_follow_each_other_and_share_batches(int workers, int stretch)
    {
        using LeakCheck leaks = new();
        using InvertingNetwork network = new(8);
        MemorySink[] sinks = [new(), new(), new()];
        int[] lengths = [5, 7, 10];
        ConvertChoices choices = new() { Stretch = stretch };
        Clip[] clips = [.. lengths.Select((n, i) => Make($"clip {i}", new MemorySource(n), sinks[i], choices))];
        using (ConvertPipeline pipeline = Run(clips, network, workers))
        {
            Assert.Equal((22, 19, 3), (pipeline.Frames, pipeline.Faces, pipeline.Counts.WithoutFace));
        }
        Assert.Equal(3, network.Runs); // 19 faces; batches of a clip alone would be 1 + 1 + 2
        for (int i = 0; i < clips.Length; i++)
        {
            Assert.Equal(Enumerable.Range(0, lengths[i]).Select(n => $"{n}.png"), sinks[i].Names);
            Assert.True(clips[i].Completed && sinks[i].Completed && sinks[i].Disposed);
            Assert.Equal((lengths[i], lengths[i] - 1), (clips[i].Counts.Frames, clips[i].Counts.Faces));
        }
        Assert.Equal(["clip 0", "clip 1", "clip 2"], ended);
    }

    public enum Fault
    {
        Open,
        Decode,
        Write,
        Complete,
    }

    [Theory]
    [InlineData(Fault.Open)]
    [InlineData(Fault.Decode)]
    [InlineData(Fault.Write)]
    [InlineData(Fault.Complete)]
    public void A_clip_that_goes_wrong_is_given_up_and_the_others_go_on(Fault fault)
    {
        using LeakCheck leaks = new();
        using InvertingNetwork network = new(8);
        MemorySink first = new(), last = new();
        MemorySink middle = new()
        {
            OnWrite = n => Throw(fault == Fault.Write && n == 10),
            OnComplete = () => Throw(fault == Fault.Complete),
        };
        MemorySource source = new(500, failAt: fault == Fault.Decode ? 30 : -1);
        Clip bad = fault == Fault.Open ? new Clip("bad", _ =>
        {
            source.Dispose();
            throw new UserErrorException("broken here");
        }) : Make("bad", source, middle);
        Clip[] clips = [Make("a", new MemorySource(20), first), bad, Make("b", new MemorySource(20), last)];
        using (Run(clips, network))
        {
            Assert.Equal([null, "broken here", null], clips.Select(c => c.Failure?.Message));
        }
        Assert.Equal((20, 20), (first.Names.Count, last.Names.Count));
        Assert.True(first.Completed && last.Completed && !middle.Completed);
        Assert.Equal(fault != Fault.Open, middle.Disposed);
        if (fault is Fault.Decode or Fault.Write)
            Assert.InRange(source.Given, 10, 150); // not to its end
        Assert.Equal(["a", "b", "bad"], ended.Order());

        static void Throw(bool now)
        {
            if (now)
                throw new InvalidDataException("broken here");
        }
    }

    [Fact]
    public void A_failure_between_the_clips_ends_all_and_nothing_stays_open()
    {
        using LeakCheck leaks = new();
        int runs = 0;
        using InvertingNetwork network = new(4, () =>
        {
            if (++runs == 8)
                throw new InvalidOperationException("network broke");
        });
        MemorySink[] sinks = [new(), new(), new()];
        Clip[] clips = [.. sinks.Select((sink, i) => Make($"{i}", new MemorySource(i == 0 ? 20 : 1000), sink))];
        Assert.Equal("network broke", Assert.Throws<InvalidOperationException>(() => Run(clips, network)).Message);
        Assert.True(sinks[1].Disposed && !sinks[1].Completed);
        Assert.False(sinks[2].Completed);
    }

    // The sink of the first clip is completed only when frames of the second are written.
    [Fact]
    public void A_clip_is_completed_beside_the_next_ones_frames()
    {
        using ManualResetEventSlim under = new();
        using InvertingNetwork network = new(1);
        bool beside = false;
        MemorySink first = new() { OnComplete = () => beside = under.Wait(TimeSpan.FromSeconds(30)) };
        MemorySink second = new() { OnWrite = _ => under.Set() };
        using ConvertPipeline pipeline = Run([Make("a", new MemorySource(5), first), Make("b", new MemorySource(5), second)], network);
        Assert.True(beside && first.Completed && second.Completed);
    }

    [Theory]
    [InlineData(400_000)]
    [InlineData(3_000_000)]
    public void Little_memory_for_frames_slows_down_but_stops_nothing(long bytes)
    {
        using InvertingNetwork network = new(16);
        MemorySink sink = new(), other = new();
        ConvertChoices choices = new() { Stretch = 12 };
        using ConvertPipeline pipeline = Run([Make("a", new MemorySource(40), sink, choices), Make("b", new MemorySource(40, PixelFormat.Nv12), other, choices)], network, 2, bytes);
        Assert.Equal((40, 40), (sink.Names.Count, other.Names.Count));
        Assert.InRange(pipeline.PeakFrameBytes, 0, bytes);
    }

    // A source that gives no frame before the one before it has come out.
    [Fact]
    public void Frames_of_a_source_that_pauses_come_out_with_patience()
    {
        using InvertingNetwork network = new(16);
        using AutoResetEvent written = new(true);
        using MemorySource source = new(5) { OnRead = _ => Assert.True(written.WaitOne(TimeSpan.FromSeconds(30))) };
        using MemorySink sink = new() { OnWrite = _ => written.Set() };
        using HostSwapper swapper = new(network, () => new MaskedConverter(new MaskedOptions()));
        using ConvertPipeline pipeline = new(source, sink, swapper, Alignments(5), new PipelineChoices { Patience = TimeSpan.FromMilliseconds(20) }, null);
        pipeline.Run(_ => { }, default);
        Assert.Equal(5, sink.Names.Count);
    }
}
