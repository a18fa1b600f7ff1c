using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// decode → find faces and prepare them (several workers, a stretch of frames at a time) → swap (batches of faces of several frames) → write, for one clip after another
/// without a pause between them. Every queue and the memory of frames are bounded and the order of frames is kept: a job enters the ordered queue before its stretch is
/// searched, and the swapper waits for it there. What goes wrong with a clip ends that clip; what goes wrong between (model, device) ends all.
/// </summary>
internal sealed class ConvertPipeline : IDisposable
{
    private readonly List<Clip> begun = [];
    private readonly IFaceSwapper swapper;
    private readonly PipelineChoices choices;
    private readonly PipelineQueues queues;
    private readonly ClipDecoder decoder;
    private readonly ClipWriter writer;
    private readonly FaceStage faces;
    private readonly Clip? only;

    /// <param name="clips">Opened as the pipeline comes to them, on its own thread.</param>
    /// <param name="swapper">Cuts, converts and blends.</param>
    /// <param name="choices">What holds for all.</param>
    public ConvertPipeline(IEnumerable<Clip> clips, IFaceSwapper swapper, PipelineChoices choices)
    {
        (this.swapper, this.choices) = (swapper, choices);
        queues = new PipelineQueues(choices);
        decoder = new ClipDecoder(Begin(clips), queues);
        writer = new ClipWriter(queues);
        faces = new FaceStage(queues, swapper, choices);
    }

    /// <summary>For one source and one sink, which stay the caller's: the sink is not completed, and what goes wrong with them is thrown.</summary>
    public ConvertPipeline(IFrameSource source, IFrameSink sink, IFaceSwapper swapper, AlignmentsFile? alignments, int workers, ConvertChoices? choices = null)
        : this(source, sink, swapper, alignments, new PipelineChoices { Workers = workers, LongestStretch = choices?.Stretch ?? 1 }, choices)
    {
    }

    /// <summary>For one source and one sink, which stay the caller's.</summary>
    public ConvertPipeline(IFrameSource source, IFrameSink sink, IFaceSwapper swapper, AlignmentsFile? alignments, PipelineChoices pipeline, ConvertChoices? choices)
        : this(new Clip(source.Info.Path, _ => new ClipParts(source, sink, alignments, choices ?? new ConvertChoices())) { Lent = true }, swapper, pipeline)
    {
    }

    private ConvertPipeline(Clip clip, IFaceSwapper swapper, PipelineChoices choices) : this([clip], swapper, choices) => only = clip;

    /// <summary>Busy time of each stage.</summary>
    public StageClock Clock => queues.Clock;

    /// <summary>What <see cref="Run"/> took.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Frames written so far.</summary>
    public long Frames => writer.Frames;

    /// <summary>Faces in them.</summary>
    public long Faces => writer.Faces;

    /// <summary>Bytes of samples that were copied to make frames writable.</summary>
    public long CopiedBytes => writer.CopiedBytes;

    /// <summary>Frames that were searched wholly for faces.</summary>
    public long Searches => faces.Searches;

    /// <summary>Memory that frames under way took at most, in bytes.</summary>
    public long PeakFrameBytes => queues.Budget.Peak;

    /// <summary>Jobs for which frames were under way at once so far, and the bytes that they keep for faces; to be read by a source's thread.</summary>
    internal (int Count, long Bytes) Jobs => queues.Jobs;

    /// <summary>What was counted of all clips; after <see cref="Run"/>.</summary>
    public ClipCounts Counts => begun.Aggregate(new ClipCounts(), (sum, clip) => sum + clip.Counts);

    /// <summary>Runs through all clips. Clips that went wrong have a <see cref="Clip.Failure"/> afterwards.</summary>
    /// <param name="onFrame">Told how many frames are written, after each.</param>
    /// <param name="cancellation">Stops all stages.</param>
    public void Run(Action<long> onFrame, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        using StageGroup stages = new(cancellation);
        CancellationToken stop = stages.Token;
        Clock.Declare("decode", 1);
        Clock.Declare("detect", choices.Workers, queues.Waiting);
        Clock.Declare(swapper.Preparation, choices.Workers);
        stages.Start("convert: decode", () => decoder.Run(stop));
        for (int i = 0; i < choices.Workers; i++)
            stages.Start("convert: faces", () => faces.Run(stop));
        swapper.Start(stages, new SwapLane(queues, choices.Patience));
        Clock.Declare("encode", 1, queues.Finished);
        Clock.Declare("complete", 1);
        stages.Start("convert: write", () => writer.Write(onFrame, stop));
        stages.Start("convert: complete", () => writer.Complete(stop));
        try
        {
            stages.Join();
        }
        catch (OperationCanceledException) when (writer.Done && begun.TrueForAll(c => c.Completed || c.Failed))
        {
            // The stop came when everything was done.
        }
        Elapsed = Stopwatch.GetElapsedTime(start);
        only?.ThrowIfFailed();
    }

    /// <summary>Frees frames and closes clips left by a stop.</summary>
    public void Dispose()
    {
        queues.Dispose();
        foreach (Clip clip in begun)
            clip.Dispose();
        faces.Dispose();
        writer.Dispose();
    }

    private IEnumerable<Clip> Begin(IEnumerable<Clip> clips)
    {
        foreach (Clip clip in clips)
        {
            begun.Add(clip);
            yield return clip;
        }
    }
}
