using System.Diagnostics;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Faces cut and blended on the processor: crops by the face-finding threads, then the network (batches of faces of several frames), then the blend.</summary>
/// <param name="network">Any.</param>
/// <param name="createConverter">Makes a converter for one thread.</param>
internal sealed class HostSwapper(IFaceNetwork network, Func<IFaceConverter> createConverter) : IFaceSwapper
{
    private readonly StageQueue<FrameJob> blending = new(4);
    private readonly int length = network.Size * network.Size * 3;

    public int BatchSize => network.BatchSize;

    public long UploadedBytes => 0;

    public long DownloadedBytes => 0;

    public string Preparation => "crop";

    public Action<FrameJob> CreatePreparation(StageClock clock)
    {
        IFaceConverter converter = createConverter();
        return job =>
        {
            long start = Stopwatch.GetTimestamp();
            job.ReserveImages(length);
            for (int i = 0; i < job.FaceCount; i++)
                converter.Crop(job.Frame!, job.Landmarks(i), job.Rect(i), job.Input(i));
            clock.Add("crop", start);
        };
    }

    public void Start(StageGroup stages, SwapLane lane)
    {
        lane.Clock.Declare("network", 1, lane.Queue);
        lane.Clock.Declare("blend", 1, blending);
        stages.Start("convert: network", () => Swap(lane, stages.Token));
        stages.Start("convert: blend", () => Blend(lane, stages.Token));
    }

    public void Dispose() => blending.Dispose();

    private void Swap(SwapLane lane, CancellationToken stop)
    {
        int batch = network.BatchSize;
        float[] input = new float[batch * length], output = new float[batch * length];
        Queue<FrameJob> pending = new();
        long pendingBytes = 0;
        List<(FrameJob Job, int Face)> slots = new(batch);

        void Flush()
        {
            if (slots.Count > 0)
            {
                long start = Stopwatch.GetTimestamp();
                network.Run(input, output);
                lane.Clock.Add("network", start);
                for (int i = 0; i < slots.Count; i++)
                    output.AsSpan(i * length, length).CopyTo(slots[i].Job.Output(slots[i].Face));
                slots.Clear();
            }
            while (pending.TryDequeue(out FrameJob? whole))
                blending.Add(whole, stop);
            pendingBytes = 0;
        }

        foreach (FrameJob job in lane.Analysed(Flush, stop))
        {
            // Batches must not depend on where a run began.
            if (job.BeginsSegment)
                Flush();
            for (int i = 0; i < job.FaceCount; i++)
            {
                job.Input(i).CopyTo(input.AsSpan(slots.Count * length, length));
                slots.Add((job, i));
                if (slots.Count == batch)
                    Flush();
            }
            // With slots still open, this frame or one before it waits for the next batch.
            if (slots.Count == 0)
                blending.Add(job, stop);
            else
            {
                pending.Enqueue(job);
                pendingBytes += job.Charge;
            }
            if (pending.Count >= 2 * batch || pendingBytes >= lane.PendingBytes)
                Flush();
        }
        Flush();
        blending.CompleteAdding();
    }

    private void Blend(SwapLane lane, CancellationToken stop)
    {
        IFaceConverter converter = createConverter();
        foreach (FrameJob job in blending.Items(stop))
        {
            long start = Stopwatch.GetTimestamp();
            job.Paste(converter);
            lane.Clock.Add("blend", start);
            lane.Finish(job, stop);
        }
        lane.Complete();
    }
}
