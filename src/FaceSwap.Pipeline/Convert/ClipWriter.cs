using System.Collections.Concurrent;
using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Resume;

namespace FaceSwap.Pipeline.Convert;

/// <summary>The last stage: gives finished frames to their clips' sinks. A sink is completed (its encoder flushed, its file closed) beside the next clip's frames.</summary>
internal sealed class ClipWriter(PipelineQueues queues) : IDisposable
{
    private readonly BlockingCollection<Clip> over = new(1);
    private readonly SemaphoreSlim completer = new(1);
    private long frames, faces, copied;

    /// <summary>Frames written so far.</summary>
    public long Frames => Interlocked.Read(ref frames);

    /// <summary>Faces in them.</summary>
    public long Faces => Interlocked.Read(ref faces);

    /// <summary>Bytes of their samples that were copied to make them writable.</summary>
    public long CopiedBytes => Interlocked.Read(ref copied);

    /// <summary>Whether every clip is over.</summary>
    public bool Done { get; private set; }

    /// <summary>Writes all frames.</summary>
    public void Write(Action<long> onFrame, CancellationToken stop)
    {
        foreach (FrameJob job in queues.Finished.Items(stop))
        {
            Clip clip = job.Clip;
            long start = Stopwatch.GetTimestamp();
            if (!clip.Failed)
                Write(job, clip, stop);
            queues.Clock.Add("encode", start);
            if (job.EndsClip)
                End(job, clip, stop);
            bool counts = !job.EndsClip && !clip.Failed;
            Interlocked.Add(ref copied, job.CopiedBytes);
            queues.Free(job);
            if (counts)
                onFrame(Interlocked.Increment(ref frames));
        }
        over.CompleteAdding();
    }

    /// <summary>Completes the sinks.</summary>
    public void Complete(CancellationToken stop)
    {
        foreach (Clip clip in over.GetConsumingEnumerable(stop))
        {
            long start = Stopwatch.GetTimestamp();
            clip.Complete(stop);
            queues.Clock.Add("complete", start);
            queues.End(clip);
            completer.Release();
        }
        Done = true;
    }

    public void Dispose()
    {
        over.Dispose();
        completer.Dispose();
    }

    private void Write(FrameJob job, Clip clip, CancellationToken stop)
    {
        try
        {
            if (job.Segment is { } segment)
                (clip.Parts!.Sink as ISegmentedSink)?.Begin(segment);
            if (job.Gap is { } left)
                clip.Parts!.Choices.OnGap?.Invoke(left.Start, left.End);
            if (job.Frame is not { } frame)
                return;
            clip.Parts!.Choices.OnFrame?.Invoke(job);
            job.Frame = null;
            clip.Parts!.Sink.Write(frame);
            clip.CountWritten(job.FaceCount);
            Interlocked.Add(ref faces, job.FaceCount);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            clip.Fail(e);
        }
    }

    private void End(FrameJob job, Clip clip, CancellationToken stop)
    {
        clip.Counts.Discarded += job.DiscardedBefore;
        // At most one clip is being completed, or its encoder's memory would add up.
        completer.Wait(stop);
        over.Add(clip, stop);
    }
}
