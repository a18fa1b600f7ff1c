using System.Collections.Concurrent;
using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// decode → find faces and prepare them (several workers) → swap (batches of faces of several frames) → write. Every queue is bounded
/// and the order of frames is kept: a job enters the ordered queue before a worker takes it, and the swapper waits for it there.
/// </summary>
internal sealed class ConvertPipeline(IFrameSource source, IFrameSink sink, IFaceSwapper swapper, AlignmentsFile? alignments, int workers, ConvertChoices? choices = null)
    : IDisposable
{
    // Frames a second that a folder of images is taken to have.
    private const double FolderRate = 25;

    private readonly ConvertChoices choices = choices ?? new ConvertChoices();
    private readonly FrameOrder order = new();
    private readonly ConcurrentBag<FrameJob> spare = [];

    // Every job ever made (as many as the queues hold). After a stop their frames are freed only when all threads have
    // ended, because a worker may still be reading one.
    private readonly List<FrameJob> jobs = [];
    private readonly BlockingCollection<FrameJob> waiting = new(workers * 2);
    private readonly BlockingCollection<FrameJob> ordered = new(swapper.BatchSize + (workers * 2));
    private readonly BlockingCollection<FrameJob> finished = new(8);
    private SwapLane? lane;
    private long? tail;
    private long read, written, unconverted, unselected, discarded, unknown, rotated, unusable, deleted;

    /// <summary>Busy time of each stage.</summary>
    public StageClock Clock { get; } = new();

    /// <summary>Frames written so far.</summary>
    public long Frames => Interlocked.Read(ref written);

    /// <summary>Faces converted so far.</summary>
    public long Faces => lane?.Faces ?? 0;

    /// <summary>Frames that passed through untouched.</summary>
    public long FramesWithoutFace => Interlocked.Read(ref unconverted);

    /// <summary>Frames that the alignments file does not have.</summary>
    public long FramesNotAligned => Interlocked.Read(ref unknown);

    /// <summary>Faces left alone because they were found in a rotated frame and the converter takes boxes.</summary>
    public long RotatedFaces => Interlocked.Read(ref rotated);

    /// <summary>Frames outside the ranges that were passed on as they were.</summary>
    public long FramesUnselected => Interlocked.Read(ref unselected);

    /// <summary>Frames outside the ranges that were left out.</summary>
    public long FramesDiscarded => discarded;

    /// <summary>Faces left alone because they are not in the aligned folder any more.</summary>
    public long DeletedFaces => Interlocked.Read(ref deleted);

    /// <summary>Faces left alone because their landmarks have no extent or lie outside the frame.</summary>
    public long UnusableFaces => Interlocked.Read(ref unusable);

    /// <summary>Runs to the end of the source; the sink is not completed.</summary>
    public void Run(Action<long> onFrame, CancellationToken cancellation)
    {
        using StageGroup stages = new(cancellation);
        CancellationToken stop = stages.Token;
        using LandmarkModel? landmarks = alignments is null ? LandmarkModel.Load() : null;
        stages.Start("convert: decode", () => Decode(stop));
        for (int i = 0; i < workers; i++)
            stages.Start("convert: faces", () => Analyse(landmarks, stop));
        lane = new SwapLane(ordered, finished, Clock);
        swapper.Start(stages, lane);
        stages.Start("convert: write", () => Write(onFrame, stop));
        stages.Join();
    }

    /// <summary>Frees frames left by a stop.</summary>
    public void Dispose()
    {
        foreach (FrameJob job in jobs)
            job.Reset();
    }

    private void Decode(CancellationToken stop)
    {
        long? gap = null;
        long removed = 0;
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            Frame? frame = source.Read(stop);
            Clock.Add("decode", start);
            if (frame is null)
                break;
            long number = choices.Ranges is null ? 0 : FrameRanges.Number(frame);
            bool selected = choices.Ranges is not { } ranges || ranges.Contains(number);
            if (!selected && choices.Discard)
            {
                gap ??= frame.Pts;
                discarded++;
                frame.Dispose();
                // Frames of a video are numbered in their order; those of a folder need not be.
                if (source.Info.IsVideo && number > choices.Ranges!.Last)
                    break;
                continue;
            }
            if (!spare.TryTake(out FrameJob? job))
                jobs.Add(job = new FrameJob());
            (job.Frame, job.Turn, job.Unselected) = (frame, read++, !selected);
            job.Seconds = source.Info.IsVideo ? frame.Pts * source.Info.TimeBase.Value : frame.Index / FolderRate;
            if (gap is { } from)
            {
                (job.Gap, gap) = ((from, frame.Pts), null);
                removed += frame.Pts - from;
            }
            frame.Pts -= removed;
            ordered.Add(job, stop);
            waiting.Add(job, stop);
        }
        tail = gap;
        waiting.CompleteAdding();
        ordered.CompleteAdding();
    }

    private void Analyse(LandmarkModel? landmarks, CancellationToken stop)
    {
        using FaceFinder? finder = landmarks is null ? null : new FaceFinder(landmarks, choices.Detectors?.Create() ?? new FaceDetector());
        Action<FrameJob> prepare = swapper.CreatePreparation(Clock);
        foreach (FrameJob job in waiting.GetConsumingEnumerable(stop))
        {
            long start = Stopwatch.GetTimestamp();
            Frame frame = job.Frame!;
            IReadOnlyList<FaceRecord> found = job.Unselected ? [] : finder?.Find(frame) ?? Aligned(frame.Name);
            Clock.Add("detect", start);
            (int turned, int outside) = job.SetFaces(found, choices.ByBoxes);
            Interlocked.Add(ref rotated, turned);
            Interlocked.Add(ref unusable, outside);
            if (choices.Steady is { } steady)
                Hold(job, steady, stop);
            if (job.FaceCount > 0)
                prepare(job);
            job.Analysed.Set();
        }
    }

    // After detection, which takes most of the time and runs beside other frames', and before cutting: in the order of the frames.
    private void Hold(FrameJob job, SteadyFaces steady, CancellationToken stop)
    {
        if (job.FaceCount > 0)
            FrameSketch.Fill(job.Frame!, job.Sketch);
        order.Wait(job.Turn, stop);
        if (job.FaceCount > 0)
            job.Hold(steady);
        order.Leave();
    }

    private IReadOnlyList<FaceRecord> Aligned(string name)
    {
        if (alignments!.Find(name) is not { } found)
        {
            Interlocked.Increment(ref unknown);
            return [];
        }
        if (choices.Kept is not { } kept)
            return found;
        FaceRecord[] left = [.. found.Where((_, i) => kept.Has(name, i))];
        Interlocked.Add(ref deleted, found.Count - left.Length);
        return left;
    }

    private void Write(Action<long> onFrame, CancellationToken stop)
    {
        foreach (FrameJob job in finished.GetConsumingEnumerable(stop))
        {
            long start = Stopwatch.GetTimestamp();
            if (job.Unselected)
                Interlocked.Increment(ref unselected);
            else if (job.FaceCount == 0)
                Interlocked.Increment(ref unconverted);
            if (job.Gap is { } left)
                choices.OnGap?.Invoke(left.Start, left.End);
            Frame frame = job.Frame!;
            job.Frame = null;
            job.Reset();
            spare.Add(job);
            sink.Write(frame);
            Clock.Add("encode", start);
            onFrame(Interlocked.Increment(ref written));
        }
        if (tail is { } rest)
            choices.OnGap?.Invoke(rest, null);
    }
}
