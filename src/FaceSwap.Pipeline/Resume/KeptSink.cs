using System.Runtime.ExceptionServices;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Resume;

/// <summary>
/// What sinks of segments have in common: a segment is brought to the disk and noted in the journal on a thread of its own while the next one's frames come, at most one at a
/// time; what goes wrong there is thrown by the next call. The segment that frames are being written to is given up when the sink is disposed; those before stay,
/// also when the output is complete, until <see cref="Forget"/>.
/// </summary>
internal abstract class KeptSink(SegmentJournal journal) : ISegmentedSink
{
    private readonly List<long[]> gaps = [];
    private SegmentStart? start;
    private Task? finishing;
    private ExceptionDispatchInfo? failure;

    /// <summary>Where finished segments are noted.</summary>
    protected SegmentJournal Journal => journal;

    /// <summary>What <see cref="Media.VideoReader.NamesBefore"/> of the source is; null: 0.</summary>
    public Func<long>? NamesBefore { get; init; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> Warnings { get; }

    /// <inheritdoc/>
    public void Begin(SegmentStart start)
    {
        if (this.start is { } begun)
        {
            WaitForFinishing();
            Func<SegmentRecord> finish = FinishCurrent(begun, start, TakeGaps());
            finishing = Task.Factory.StartNew(() => Note(finish), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        this.start = start;
    }

    /// <inheritdoc/>
    public void Write(Frame frame)
    {
        if (failure is not null)
            WaitForFinishing();
        WriteFrame(frame, start ?? throw new InvalidOperationException("a frame came before its segment was begun"));
    }

    /// <summary>Notes that a stretch of the source's time is left out, as <see cref="Media.VideoWriter.LeaveOut"/>.</summary>
    public void LeaveOut(long from, long? to) => gaps.Add([from, to ?? long.MaxValue]);

    /// <inheritdoc/>
    public void Complete()
    {
        WaitForFinishing();
        Complete(TakeGaps());
    }

    /// <summary>Deletes the finished segments: the output and all that belongs to it is there.</summary>
    public void Forget() => journal.Remove();

    /// <summary>Gives all up, the finished segments too, because nothing of them is of use. Only disposing may follow.</summary>
    public void Discard()
    {
        finishing?.Wait();
        DisposeCurrent();
        journal.Remove();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        finishing?.Wait();
        DisposeCurrent();
        journal.Dispose();
    }

    /// <summary>Ends the current segment and returns what is left to be done of it, for another thread.</summary>
    /// <param name="begun">Its start.</param>
    /// <param name="next">That of the next.</param>
    /// <param name="left">What was left out of it.</param>
    protected abstract Func<SegmentRecord> FinishCurrent(SegmentStart begun, SegmentStart next, IReadOnlyList<long[]> left);

    /// <summary>Writes a frame of the current segment.</summary>
    protected abstract void WriteFrame(Frame frame, SegmentStart segment);

    /// <summary>Finishes the current segment, and the output.</summary>
    /// <param name="left">What was left out of the segment and after it.</param>
    protected abstract void Complete(IReadOnlyList<long[]> left);

    /// <summary>Gives the current segment up, if it is not finished.</summary>
    protected abstract void DisposeCurrent();

    private void Note(Func<SegmentRecord> finish)
    {
        try
        {
            SegmentRecord record = finish() with { NamesBefore = NamesBefore?.Invoke() ?? 0 };
            lock (journal)
                journal.Add(record);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private void WaitForFinishing()
    {
        finishing?.Wait();
        failure?.Throw();
    }

    private List<long[]> TakeGaps()
    {
        List<long[]> taken = [.. gaps];
        gaps.Clear();
        return taken;
    }
}
