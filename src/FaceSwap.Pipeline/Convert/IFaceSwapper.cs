using System.Collections.Concurrent;
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

    /// <summary>Makes what one face-finding thread calls for each frame with faces, beside the other threads.</summary>
    Action<FrameJob> CreatePreparation(StageClock clock);

    /// <summary>Starts the stages that take jobs from the lane and finish them. Called once.</summary>
    void Start(StageGroup stages, SwapLane lane);
}

/// <summary>What a swapper's stages take from and give to.</summary>
/// <param name="ordered">Jobs in the order of frames, perhaps not analysed yet.</param>
/// <param name="finished">Jobs whose frames can be written.</param>
/// <param name="clock">Counts the stages' time.</param>
internal sealed class SwapLane(BlockingCollection<FrameJob> ordered, BlockingCollection<FrameJob> finished, StageClock clock)
{
    private long faces;

    /// <summary>Counts the stages' time.</summary>
    public StageClock Clock => clock;

    /// <summary>Faces converted so far.</summary>
    public long Faces => Interlocked.Read(ref faces);

    /// <summary>The jobs in order, each when its faces are known.</summary>
    public IEnumerable<FrameJob> Analysed(CancellationToken stop)
    {
        foreach (FrameJob job in ordered.GetConsumingEnumerable(stop))
        {
            job.Analysed.Wait(stop);
            yield return job;
        }
    }

    /// <summary>Counts faces that were given to the network.</summary>
    public void Count(int converted) => Interlocked.Add(ref faces, converted);

    /// <summary>Hands on a job whose frame is finished.</summary>
    public void Finish(FrameJob job, CancellationToken stop) => finished.Add(job, stop);

    /// <summary>Says that no job will follow.</summary>
    public void Complete() => finished.CompleteAdding();
}
