using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Pipeline.Convert;

/// <summary>The stages of a conversion that are this project's own (finding faces, holding them still, cutting, blending, and all that moves frames), for measuring them: the
/// network gives back what it gets, and codecs are whatever the source and the sink are.</summary>
public static class ConvertProbe
{
    /// <summary>Runs to the end of the source.</summary>
    /// <param name="source">Where frames come from; disposed by the caller.</param>
    /// <param name="sink">Where they go; neither completed nor disposed.</param>
    /// <param name="side">Side of the network's pictures.</param>
    /// <param name="batch">Faces a batch.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Counts and statistics of the stages.</returns>
    public static ConvertSummary Run(IFrameSource source, IFrameSink sink, int side, int batch, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        BlendOptions blend = new();
        using HostSwapper swapper = new(new Echo(side, batch), () => blend.Create(side));
        PipelineChoices all = new()
        {
            Workers = Environment.ProcessorCount, // nothing else needs the processors here
            LongestStretch = TrackedFinder.DefaultStretch,
        };
        using ConvertPipeline pipeline = new(source, sink, swapper, null, all, new ConvertChoices { Steady = new SteadyFaces(1), Stretch = TrackedFinder.DefaultStretch });
        pipeline.Run(_ => { }, cancellation);
        return new ConvertSummary(pipeline.Frames, pipeline.Faces, pipeline.Counts.WithoutFace, "", clock.Elapsed)
        {
            BusySeconds = pipeline.Clock.Seconds,
            Stages = pipeline.Clock.Report(pipeline.Frames, pipeline.Elapsed),
            CopiedBytes = pipeline.CopiedBytes,
            Searches = pipeline.Searches,
            PeakFrameBytes = pipeline.PeakFrameBytes,
        };
    }

    private sealed class Echo(int side, int batch) : IFaceNetwork
    {
        public int Size => side;

        public int BatchSize => batch;

        public void Run(ReadOnlySpan<float> input, Span<float> output) => input.CopyTo(output);

        public void Dispose()
        {
        }
    }
}
