using System.Collections.Concurrent;
using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>The network of one direction of a swap: runs full batches of face crops.</summary>
internal interface IFaceNetwork : IDisposable
{
    /// <summary>Side s of the crops.</summary>
    int Size { get; }

    /// <summary>Faces a batch.</summary>
    int BatchSize { get; }

    /// <summary>Input and output are (BatchSize, s, s, 3), BGR in 0..1.</summary>
    void Run(ReadOnlySpan<float> input, Span<float> output);
}

/// <summary>
/// decode → find faces and crop (several workers) → network (batches of faces of several frames) → blend → write. Every queue is bounded
/// and the order of frames is kept: a job enters the ordered queue before a worker takes it, and the network waits for it there.
/// </summary>
internal sealed class ConvertPipeline(IFrameSource source, IFrameSink sink, IFaceNetwork network, AlignmentsFile? alignments,
    MaskedOptions masked, int workers) : IDisposable
{
    private readonly ConcurrentBag<FrameJob> spare = [];

    // Every job ever made (as many as the queues hold). After a stop their frames are freed only when all threads have
    // ended, because a worker may still be reading one.
    private readonly List<FrameJob> jobs = [];
    private readonly BlockingCollection<FrameJob> waiting = new(workers * 2);
    private readonly BlockingCollection<FrameJob> ordered = new(network.BatchSize + (workers * 2));
    private readonly BlockingCollection<FrameJob> blending = new(8);
    private readonly BlockingCollection<Frame> writing = new(8);
    private long written, faces, unconverted, unknown, rotated;

    /// <summary>Busy time of each stage.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>Frames written so far.</summary>
    public long Frames => Interlocked.Read(ref written);

    /// <summary>Faces converted so far.</summary>
    public long Faces => Interlocked.Read(ref faces);

    /// <summary>Frames that passed through untouched.</summary>
    public long FramesWithoutFace => Interlocked.Read(ref unconverted);

    /// <summary>Frames that the alignments file does not have.</summary>
    public long FramesNotAligned => Interlocked.Read(ref unknown);

    /// <summary>Faces left alone because they were found in a rotated frame.</summary>
    public long RotatedFaces => Interlocked.Read(ref rotated);

    /// <summary>Runs to the end of the source; the sink is not completed.</summary>
    public void Run(Action<long> onFrame, CancellationToken cancellation)
    {
        using StageGroup stages = new(cancellation);
        CancellationToken stop = stages.Token;
        using LandmarkModel? landmarks = alignments is null ? LandmarkModel.Load() : null;
        stages.Start("convert: decode", () => Decode(stop));
        for (int i = 0; i < workers; i++)
            stages.Start("convert: faces", () => Analyse(landmarks, stop));
        stages.Start("convert: network", () => Swap(stop));
        stages.Start("convert: blend", () => Blend(stop));
        stages.Start("convert: write", () => Write(onFrame, stop));
        stages.Join();
    }

    /// <summary>Frees frames left by a stop.</summary>
    public void Dispose()
    {
        foreach (FrameJob job in jobs)
            job.Reset();
        foreach (Frame frame in writing)
            frame.Dispose();
    }

    private void Decode(CancellationToken stop)
    {
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            Frame? frame = source.Read(stop);
            Clock.Add("decode", start);
            if (frame is null)
                break;
            if (!spare.TryTake(out FrameJob? job))
                jobs.Add(job = new FrameJob());
            job.Frame = frame;
            ordered.Add(job, stop);
            waiting.Add(job, stop);
        }
        waiting.CompleteAdding();
        ordered.CompleteAdding();
    }

    private void Analyse(LandmarkModel? landmarks, CancellationToken stop)
    {
        using FaceFinder? finder = landmarks is null ? null : new FaceFinder(landmarks);
        MaskedConverter converter = new(masked);
        int length = network.Size * network.Size * 3;
        foreach (FrameJob job in waiting.GetConsumingEnumerable(stop))
        {
            long start = Stopwatch.GetTimestamp();
            Frame frame = job.Frame!;
            IReadOnlyList<FaceRecord> found = finder?.Find(frame) ?? Aligned(frame.Name);
            Clock.Add("detect", start);
            start = Stopwatch.GetTimestamp();
            job.SetFaces(found, length);
            for (int i = 0; i < job.FaceCount; i++)
                converter.Crop(frame, job.Landmarks(i), job.Input(i));
            Clock.Add("crop", start);
            job.Analysed.Set();
        }
    }

    // Landmarks of a rotated face are those of the rotated frame: used as they are, they would put the face somewhere else.
    private IReadOnlyList<FaceRecord> Aligned(string name)
    {
        if (alignments!.Find(name) is not { } found)
        {
            Interlocked.Increment(ref unknown);
            return [];
        }
        int turned = found.Count(f => f.Rotation != 0);
        if (turned == 0)
            return found;
        Interlocked.Add(ref rotated, turned);
        return [.. found.Where(f => f.Rotation == 0)];
    }

    private void Swap(CancellationToken stop)
    {
        int length = network.Size * network.Size * 3, batch = network.BatchSize;
        float[] input = new float[batch * length], output = new float[batch * length];
        Queue<FrameJob> pending = new();
        List<(FrameJob Job, int Face)> slots = new(batch);

        void RunBatch()
        {
            if (slots.Count > 0)
            {
                long start = Stopwatch.GetTimestamp();
                network.Run(input, output);
                Clock.Add("network", start);
                for (int i = 0; i < slots.Count; i++)
                    output.AsSpan(i * length, length).CopyTo(slots[i].Job.Output(slots[i].Face));
                Interlocked.Add(ref faces, slots.Count);
                slots.Clear();
            }
        }

        void Flush()
        {
            RunBatch();
            while (pending.TryDequeue(out FrameJob? whole))
                blending.Add(whole, stop);
        }

        foreach (FrameJob job in ordered.GetConsumingEnumerable(stop))
        {
            job.Analysed.Wait(stop);
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
                pending.Enqueue(job);
            if (pending.Count >= 2 * batch)
                Flush();
        }
        Flush();
        blending.CompleteAdding();
    }

    private void Blend(CancellationToken stop)
    {
        MaskedConverter converter = new(masked);
        foreach (FrameJob job in blending.GetConsumingEnumerable(stop))
        {
            long start = Stopwatch.GetTimestamp();
            if (job.FaceCount > 0)
            {
                job.Frame = job.Frame!.AsWritable();
                for (int i = 0; i < job.FaceCount; i++)
                    converter.Paste(job.Frame, job.Landmarks(i), job.Output(i));
            }
            else
            {
                Interlocked.Increment(ref unconverted);
            }
            Frame frame = job.Frame!;
            job.Frame = null;
            job.Reset();
            spare.Add(job);
            Clock.Add("blend", start);
            try
            {
                writing.Add(frame, stop);
            }
            catch (OperationCanceledException)
            {
                frame.Dispose();
                throw;
            }
        }
        writing.CompleteAdding();
    }

    private void Write(Action<long> onFrame, CancellationToken stop)
    {
        foreach (Frame frame in writing.GetConsumingEnumerable(stop))
        {
            long start = Stopwatch.GetTimestamp();
            sink.Write(frame);
            Clock.Add("encode", start);
            onFrame(Interlocked.Increment(ref written));
        }
    }
}
