using System.Collections.Concurrent;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What lies between the stages of one conversion, and what bounds it.</summary>
internal sealed class PipelineQueues(PipelineChoices choices) : IDisposable
{
    // The part of the budget that a stretch may fill: one more is being searched, and the swapper's batch waits for both. Without faces there is hardly a batch, and
    // what is being searched is on its way a moment later: a stretch may fill all that is left, but for the frame that follows it and for what rounding takes.
    private const double StretchShare = 3.0 / 8, PendingShare = 3.0 / 8, PendingShareBesideEmpty = 3.0 / 16;

    private readonly ConcurrentBag<FrameJob> spare = [];

    // Every job ever made (as many as the queues hold). After a stop their frames are freed only when all threads have
    // ended, because a worker may still be reading one.
    private readonly List<FrameJob> jobs = [];
    private long turns;

    /// <summary>Stretches to search, in their order.</summary>
    public StageQueue<StretchJob> Waiting { get; } = new(1);

    /// <summary>All jobs in the order of frames, perhaps not analysed yet. A stretch that is searched by each worker and one that is read fit in; without room for two,
    /// nothing would ever be analysed.</summary>
    public StageQueue<FrameJob> Ordered { get; } = new(((choices.Workers + 1) * Math.Max(choices.LongestStretch, choices.LongestEmptyStretch)) + 8);

    /// <summary>Jobs whose frames can be written, in their order.</summary>
    public StageQueue<FrameJob> Finished { get; } = new(4);

    /// <summary>Bounds the memory of frames.</summary>
    public FrameBudget Budget { get; } = new(choices.FrameBytes);

    /// <summary>Bytes of frames that may wait for a batch to fill. Frames that wait and frames that are searched for the batch's last faces share the memory: without a
    /// bound on the one, the other would get none.</summary>
    public long PendingBytes => (long)(Budget.Bytes * (choices.LongestEmptyStretch > choices.LongestStretch ? PendingShareBesideEmpty : PendingShare));

    /// <summary>Frames of a stretch, of those that were chosen, for which there is memory.</summary>
    /// <param name="clip">What was chosen.</param>
    /// <param name="charge">Memory of a frame, in bytes.</param>
    /// <returns>As many as a stretch has, and as many as it has without a face in sight.</returns>
    public (int Frames, int Empty) StretchLengths(ConvertChoices clip, long charge)
    {
        int frames = Math.Clamp((int)(Budget.Bytes * StretchShare / charge), 1, Math.Max(clip.Stretch, 1));
        return (frames, Math.Max(frames, Math.Min(clip.EmptyStretch, (int)((Budget.Bytes - PendingBytes) / charge) - 1)));
    }

    /// <summary>Counts the stages' time.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>Tells that a clip is over.</summary>
    public void End(Clip clip) => choices.OnClipEnd?.Invoke(clip);

    /// <summary>Jobs made so far, all of which are kept, and the bytes that they keep for faces; read by the first stage.</summary>
    public (int Count, long Bytes) Jobs => (jobs.Count, jobs.Sum(static j => j.KeptBytes));

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
