using System.Collections.Concurrent;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What lies between the stages of one conversion, and what bounds it.</summary>
internal sealed class PipelineQueues(PipelineChoices choices) : IDisposable
{
    private readonly ConcurrentBag<FrameJob> spare = [];

    // Every job ever made (as many as the queues hold). After a stop their frames are freed only when all threads have
    // ended, because a worker may still be reading one.
    private readonly List<FrameJob> jobs = [];
    private long turns;

    /// <summary>Stretches to search, in their order.</summary>
    public StageQueue<StretchJob> Waiting { get; } = new(1);

    /// <summary>All jobs in the order of frames, perhaps not analysed yet. A stretch that is searched by each worker and one that is read fit in; without room for two,
    /// nothing would ever be analysed.</summary>
    public StageQueue<FrameJob> Ordered { get; } = new(((choices.Workers + 1) * choices.LongestStretch) + 8);

    /// <summary>Jobs whose frames can be written, in their order.</summary>
    public StageQueue<FrameJob> Finished { get; } = new(4);

    /// <summary>Bounds the memory of frames.</summary>
    public FrameBudget Budget { get; } = new(choices.FrameBytes);

    /// <summary>Counts the stages' time.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>Tells that a clip is over.</summary>
    public void End(Clip clip) => choices.OnClipEnd?.Invoke(clip);

    /// <summary>A job for a clip's next frame; called by the first stage.</summary>
    public FrameJob Job(Clip clip)
    {
        if (!spare.TryTake(out FrameJob? job))
            jobs.Add(job = new FrameJob());
        job.Clip = clip;
        return job;
    }

    /// <summary>Hands a stretch to the workers; called by the first stage.</summary>
    public void Hand(StretchJob stretch, CancellationToken stop)
    {
        stretch.Turn = turns++;
        Waiting.Add(stretch, stop);
    }

    /// <summary>Takes a job back whose frame is gone; called by the last stage.</summary>
    public void Free(FrameJob job)
    {
        Budget.Return(job.Charge);
        job.Reset();
        spare.Add(job);
    }

    /// <summary>Frees frames left by a stop.</summary>
    public void Dispose()
    {
        foreach (FrameJob job in jobs)
            job.Reset();
        Waiting.Dispose();
        Ordered.Dispose();
        Finished.Dispose();
    }
}
