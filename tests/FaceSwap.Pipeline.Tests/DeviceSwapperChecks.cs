using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Conversions through a backend's compositor against the same through the processor. Shared by the tests of every backend that has one; those
/// look for leaks themselves, because a device keeps its kernels for as long as its backend lives.</summary>
internal static class DeviceSwapperChecks
{
    /// <summary>A network whose output is its input, on the device and on the host.</summary>
    public sealed class Mirror(IBackend backend, int batch, Action? onRun = null) : IDeviceNetwork
    {
        private readonly DeviceBuffer images = backend.Allocate(batch * 64L * 64 * 3 * sizeof(float), "images");

        public int Size => 64;

        public int BatchSize => batch;

        public DeviceSpan<byte> Input => images.Span<byte>();

        public ElementType InputType => ElementType.Float32;

        public DeviceSpan<float> Output => images.Span<float>();

        public IRecording Record(Action before, Action after) => new Counted(backend.Record(() =>
        {
            before();
            after();
        }), onRun);

        public void Run(ReadOnlySpan<float> input, Span<float> output)
        {
            onRun?.Invoke();
            input.CopyTo(output);
        }

        public void Dispose() => images.Dispose();

        private sealed class Counted(IRecording inner, Action? onRun) : IRecording
        {
            public void Run()
            {
                onRun?.Invoke();
                inner.Run();
            }

            public void Dispose() => inner.Dispose();
        }
    }

    /// <summary>Frames with none, one, two apart, and two faces on each other, in turn: in order, the same as from the processor.</summary>
    public static void ConvertsAsTheProcessorDoes(IBackend backend, PixelFormat format, int batch, int workers, MaskedOptions options)
    {
        const int count = 33;
        AlignmentsFile alignments = Alignments(count);
        using MemorySource left = new(count, format), right = new(count, format);
        using MemorySink expected = new(), actual = new();
        using Mirror network = new(backend, batch);
        using (HostSwapper swapper = new(network, () => new MaskedConverter(options)))
            Assert.Equal((count, 40, 9), Run(left, expected, swapper, alignments, workers));
        using (DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, options, right.Info)!)
        {
            Assert.Equal((count, 40, 9), Run(right, actual, swapper, alignments, workers));
            // Never whole frames: a face's surroundings go up, its rectangle comes back.
            Assert.InRange(swapper.DownloadedBytes, 1, swapper.UploadedBytes);
            Assert.InRange(swapper.UploadedBytes, 1, count * FrameLayout.Bytes(right.Info.Width, right.Info.Height, format) * 3 / 4);
        }
        Assert.Equal(expected.Names, actual.Names);
        long changed = 0, far = 0;
        for (int i = 0; i < count; i++)
        {
            for (int plane = 0; plane < expected.Frames[i].Length; plane++)
            {
                byte[] original = expected.Frames[0][plane], host = expected.Frames[i][plane], device = actual.Frames[i][plane];
                for (int at = 0; at < host.Length; at++)
                {
                    changed += host[at] != original[at] ? 1 : 0;
                    far += Math.Abs(host[at] - device[at]) > 1 ? 1 : 0;
                }
            }
        }
        Assert.True(changed > 50_000, $"only {changed} samples changed");
        Assert.InRange(far, 0, changed / 1000);
    }

    /// <summary>A failure in the device's stage ends the conversion and is the one reported.</summary>
    public static void FailureIsReported(IBackend backend)
    {
        using MemorySource source = new(500, PixelFormat.Nv12);
        using MemorySink sink = new();
        int runs = 0;
        using Mirror network = new(backend, 4, () =>
        {
            if (++runs == 3)
                throw new InvalidOperationException("network broke");
        });
        using DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, new MaskedOptions(), source.Info)!;
        Assert.Equal("network broke", Assert.Throws<InvalidOperationException>(() => Run(source, sink, swapper, Alignments(500), 2)).Message);
    }

    /// <summary>The caller's stop ends all stages with batches under way.</summary>
    public static void CancellingStops(IBackend backend)
    {
        using CancellationTokenSource cancel = new();
        using MemorySource source = new(100_000, PixelFormat.Yuv420P);
        using MemorySink sink = new();
        using Mirror network = new(backend, 4);
        using DeviceSwapper swapper = DeviceSwapper.TryCreate(backend, network, new MaskedOptions(), source.Info)!;
        using ConvertPipeline pipeline = new(source, sink, swapper, Alignments(40), 2);
        Assert.ThrowsAny<OperationCanceledException>(() => pipeline.Run(frames =>
        {
            if (frames == 20)
                cancel.Cancel();
        }, cancel.Token));
        Assert.InRange(sink.Names.Count, 20, 200);
    }

    /// <summary>Runs a conversion to its end.</summary>
    public static (long Frames, long Faces, long Without) Run(IFrameSource source, IFrameSink sink, IFaceSwapper swapper, AlignmentsFile alignments, int workers)
    {
        using ConvertPipeline pipeline = new(source, sink, swapper, alignments, workers);
        pipeline.Run(_ => { }, default);
        return (pipeline.Frames, pipeline.Faces, pipeline.Counts.WithoutFace);
    }

    /// <summary>Frames with none, one, two apart, and two faces on each other, in turn.</summary>
    public static AlignmentsFile Alignments(int frames)
    {
        AlignmentsFile file = new();
        FaceRecord face = GoldenFace.Record, small = GoldenFace.At(4, 6, 0.25), turned = GoldenFace.At(6, 170, 0.2);
        for (int i = 0; i < frames; i++)
            file.Set($"{i}.png", (i % 4) switch { 0 => [], 1 => [face], 2 => [small, turned], _ => [face, face] });
        return file;
    }
}
