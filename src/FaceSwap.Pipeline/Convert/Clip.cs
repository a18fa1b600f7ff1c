using System.Runtime.ExceptionServices;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a clip needs while it is converted.</summary>
/// <param name="Source">Its frames.</param>
/// <param name="Sink">Where they go; completed and disposed by the pipeline, unless the clip is <see cref="Clip.Lent"/>.</param>
/// <param name="Alignments">Its faces; null: found on the way.</param>
/// <param name="Choices">The rest.</param>
internal sealed record ClipParts(IFrameSource Source, IFrameSink Sink, AlignmentsFile? Alignments, ConvertChoices Choices);

/// <summary>One source on its way to one sink. A pipeline converts several, one after another without a pause; what goes wrong with one stays with it.</summary>
/// <param name="name">For messages.</param>
/// <param name="open">Opens source and sink when the pipeline comes to it, on the decoding thread.</param>
internal sealed class Clip(string name, Func<CancellationToken, ClipParts> open) : IDisposable
{
    private readonly Lock gate = new();
    private CancellationTokenSource? stop;
    private ExceptionDispatchInfo? failure;
    private bool sourceClosed, sinkClosed;
    private long framesWritten, facesWritten;

    /// <summary>For messages.</summary>
    public string Name => name;

    /// <summary>Source and sink stay the caller's: the pipeline neither completes nor disposes them.</summary>
    public bool Lent { get; init; }

    /// <summary>Called when all frames are written and before the sink is completed; what it throws fails the clip.</summary>
    public Action<Clip>? BeforeComplete { get; init; }

    /// <summary>Called when the sink is completed; what it throws fails the clip.</summary>
    public Action<Clip>? AfterComplete { get; init; }

    /// <summary>Set once it is open.</summary>
    public ClipParts? Parts { get; private set; }

    /// <summary>Where the run is taken up; null: it begins with the source.</summary>
    public ConvertState? Resumed { get; private set; }

    /// <summary>What was counted; whole when the clip is completed.</summary>
    public ClipCounts Counts { get; set; } = new();

    /// <summary>Frames given to the sink so far, and before this run if it was resumed.</summary>
    public long FramesWritten => Interlocked.Read(ref framesWritten);

    /// <summary>Faces in them.</summary>
    public long FacesWritten => Interlocked.Read(ref facesWritten);

    /// <summary>Whether it was given up.</summary>
    public bool Failed => failure is not null;

    /// <summary>Why it cannot be finished; null while nothing went wrong.</summary>
    public Exception? Failure => failure?.SourceException;

    /// <summary>Whether its output is complete.</summary>
    public bool Completed { get; private set; }

    /// <summary>Cancelled when the pipeline stops or the clip fails.</summary>
    public CancellationToken Token => stop?.Token ?? default;

    /// <summary>Opens source and sink. False when that failed.</summary>
    public bool TryOpen(CancellationToken pipeline)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(pipeline);
        try
        {
            Parts = open(pipeline);
            if (Parts.Choices.ResumeFrom is { } from)
            {
                Resumed = ConvertState.Read(from);
                (framesWritten, Counts) = (from.FramesWritten, Resumed.Counts);
                if (Resumed.Faces is { } faces)
                    Parts.Choices.Steady?.Restore(faces);
            }
            return true;
        }
        catch (Exception e) when (!pipeline.IsCancellationRequested)
        {
            Fail(e);
            return false;
        }
    }

    /// <summary>Counts a frame given to the sink.</summary>
    public void CountWritten(int faces)
    {
        Interlocked.Increment(ref framesWritten);
        Interlocked.Add(ref facesWritten, faces);
    }

    /// <summary>Gives the clip up; the first reason counts.</summary>
    public void Fail(Exception reason)
    {
        lock (gate)
        {
            failure ??= ExceptionDispatchInfo.Capture(reason);
            stop?.Cancel();
        }
    }

    /// <summary>Throws why it failed, if it did.</summary>
    public void ThrowIfFailed() => failure?.Throw();

    /// <summary>Closes the source once its last frame is read.</summary>
    public void CloseSource()
    {
        lock (gate)
        {
            if (sourceClosed)
                return;
            sourceClosed = true;
            if (!Lent)
                Parts?.Source.Dispose();
        }
    }

    /// <summary>Completes the sink, if nothing went wrong, and closes it.</summary>
    public void Complete(CancellationToken pipeline)
    {
        try
        {
            if (failure is null)
            {
                BeforeComplete?.Invoke(this);
                if (!Lent)
                    Parts!.Sink.Complete();
                AfterComplete?.Invoke(this);
                Completed = true;
            }
        }
        catch (Exception e) when (!pipeline.IsCancellationRequested)
        {
            Fail(e);
        }
        CloseSink();
    }

    /// <summary>Closes what is open; an output that is not complete leaves nothing behind.</summary>
    public void Dispose()
    {
        CloseSource();
        CloseSink();
        stop?.Dispose();
    }

    private void CloseSink()
    {
        if (sinkClosed)
            return;
        sinkClosed = true;
        if (!Lent)
            Parts?.Sink.Dispose();
    }
}
