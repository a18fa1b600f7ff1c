using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// The middle of a conversion: turns frames whose faces are known into finished frames, in order. <see cref="HostSwapper"/> cuts and blends on the processor around
/// any network; <see cref="DeviceSwapper"/> leaves both to a backend that composites.
/// </summary>
internal interface IFaceSwapper : IDisposable
{
    /// <summary>Faces a batch: as many frames may wait for one.</summary>
    int BatchSize { get; }

    /// <summary>Bytes copied to the device so far.</summary>
    long UploadedBytes { get; }

    /// <summary>Bytes copied from the device so far.</summary>
    long DownloadedBytes { get; }

    /// <summary>What the preparation is called in the report.</summary>
    string Preparation { get; }

    /// <summary>Makes what one face-finding thread calls for each frame with faces, beside the other threads.</summary>
    Action<FrameJob> CreatePreparation(StageClock clock);

    /// <summary>Starts the stages that take jobs from the lane and finish them. Called once.</summary>
    void Start(StageGroup stages, SwapLane lane);
}

/// <summary>What a swapper's stages take from and give to.</summary>
/// <param name="queues">Whose.</param>
/// <param name="patience">How long frames may wait for a batch to fill; null: for ever.</param>
internal sealed class SwapLane(PipelineQueues queues, TimeSpan? patience)
{
    /// <summary>Counts the stages' time.</summary>
    public StageClock Clock => queues.Clock;

    /// <summary>What the jobs come from, for the report.</summary>
    public IQueueDepth Queue => queues.Ordered;

    /// <summary>Bytes of frames (<see cref="FrameJob.Charge"/>) that may wait for a batch to fill; it must be sent off when they reach this.</summary>
    public long PendingBytes => queues.PendingBytes;

    /// <summary>The jobs in order, each when its faces are known. A job without a frame ends a clip; it goes the same way.</summary>
    /// <param name="onPause">Called when no job came for a while: what waits for a batch to fill should go.</param>
    /// <param name="stop">Ends it.</param>
    public IEnumerable<FrameJob> Analysed(Action onPause, CancellationToken stop)
    {
        while (true)
        {
            if (!Take(onPause, stop, out FrameJob? job))
                yield break;
            yield return job!;
        }
    }

    /// <summary>Hands on a job whose frame is finished.</summary>
    public void Finish(FrameJob job, CancellationToken stop) => queues.Finished.Add(job, stop);

    /// <summary>Says that no job will follow.</summary>
    public void Complete() => queues.Finished.CompleteAdding();

    private bool Take(Action onPause, CancellationToken stop, out FrameJob? job)
    {
        int wait = patience is { } time ? (int)time.TotalMilliseconds : Timeout.Infinite;
        if (!queues.Ordered.TryTake(out job, wait, stop))
        {
            onPause();
            if (!queues.Ordered.TryTake(out job, Timeout.Infinite, stop))
                return false;
        }
        if (!job!.Analysed.Wait(wait, stop))
        {
            onPause();
            job.Analysed.Wait(stop);
        }
        return true;
    }
}
