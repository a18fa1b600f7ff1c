using System.Diagnostics;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Pipeline.Track;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// The stage that finds faces: any number of threads, each with a stretch of frames at a time. What hangs on the frames before (following faces, counts, the state where a
/// segment begins) is done stretch by stretch in their order; searching before and cutting after go on side by side.
/// </summary>
internal sealed class FaceStage(PipelineQueues queues, IFaceSwapper swapper, PipelineChoices choices) : IDisposable
{
    private readonly TurnOrder<StretchJob> order = new();
    private long searches;
    private readonly Lazy<LandmarkModel> landmarks = choices.Landmarks ?? new(() => LandmarkModel.Load());

    /// <summary>Searches of whole frames so far.</summary>
    public long Searches => Interlocked.Read(ref searches);

    /// <summary>One thread's work.</summary>
    public void Run(CancellationToken stop)
    {
        using StretchFinders finders = new(landmarks, choices.Detectors);
        Action<FrameJob> prepare = swapper.CreatePreparation(queues.Clock);
        long counted = 0;
        foreach (StretchJob stretch in queues.Waiting.Items(stop))
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                Search(stretch, finders);
            }
            finally
            {
                stretch.Stretch?.Next?.Settle();
            }
            Interlocked.Add(ref searches, finders.Searches - counted);
            counted = finders.Searches;
            queues.Clock.Add("detect", start);
            order.Offer(stretch.Turn, stretch);
            while (order.TryBegin(out StretchJob? next))
            {
                foreach (FrameJob job in next.Jobs)
                    Count(job);
                order.End();
                foreach (FrameJob job in next.Jobs)
                {
                    if (job.FaceCount > 0)
                        prepare(job);
                    job.Analysed.Set();
                }
            }
        }
    }

    /// <summary>Frees what the threads shared.</summary>
    public void Dispose()
    {
        if (landmarks.IsValueCreated)
            landmarks.Value.Dispose();
    }

    private static void Search(StretchJob stretch, StretchFinders finders)
    {
        ClipParts parts = stretch.Clip.Parts!;
        bool wanted = stretch.Selected && !stretch.Clip.Failed;
        Span<IReadOnlyList<FaceRecord>> found = !wanted || stretch.Stretch is null ? default : finders.Find(stretch);
        for (int i = 0; i < stretch.Jobs.Count; i++)
        {
            FrameJob job = stretch.Jobs[i];
            job.SetFaces(!wanted ? [] : stretch.Stretch is null ? Aligned(job, parts) : found[i], parts.Choices.ByBoxes);
            if (job.FaceCount > 0 && parts.Choices.Steady is not null)
                FrameSketch.Fill(job.Frame!, job.Sketch);
        }
    }

    private static IReadOnlyList<FaceRecord> Aligned(FrameJob job, ClipParts parts)
    {
        if (parts.Alignments!.Find(job.Frame!.Name) is not { } found)
        {
            job.Left = job.Left with { NotAligned = true };
            return [];
        }
        if (parts.Choices.Kept is not { } kept)
            return found;
        FaceRecord[] left = [.. found.Where((_, i) => kept.Has(job.Frame.Name, i))];
        job.Left = job.Left with { Deleted = found.Count - left.Length };
        return left;
    }

    // In the order of the frames.
    private static void Count(FrameJob job)
    {
        Clip clip = job.Clip;
        SteadyFaces? steady = clip.Parts!.Choices.Steady;
        clip.Counts.Discarded += job.DiscardedBefore;
        if (job.Segment is { } segment)
        {
            long[]? gap = job.Gap is { } left ? [left.Start, left.End!.Value] : null;
            job.Segment = segment with { State = new ConvertState(clip.Counts, gap, steady?.Save()).ToJson() };
        }
        if (job.FaceCount > 0 && steady is not null)
            job.Hold(steady);
        clip.Counts.Add(job);
    }
}
