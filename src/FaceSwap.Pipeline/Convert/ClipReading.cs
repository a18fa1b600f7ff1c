using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Reads one clip's frames and hands them on in stretches.</summary>
internal sealed class ClipReading
{
    // Frames a second that a folder of images is taken to have.
    private const double FolderRate = 25;

    private readonly PipelineQueues queues;
    private readonly Clip clip;
    private readonly CancellationToken stop;
    private readonly IFrameSource source;
    private readonly ConvertChoices choices;
    private StretchJob? filling, full; // full: waits for the first frame of the one after it
    private FrameStretch? before; // the one before the one that is being filled, if it looks ahead
    private (long Start, long? End)? gap; // the end is known where a run is taken up
    private long removed, read, discarded;

    public ClipReading(Clip clip, PipelineQueues queues, CancellationToken stop)
    {
        (this.queues, this.clip, this.stop) = (queues, clip, stop);
        (source, choices) = (clip.Parts!.Source, clip.Parts.Choices);
        if (choices.ResumeFrom is not { } from)
            return;
        (read, removed) = (from.FramesWritten, from.RemovedTime);
        if (clip.Resumed?.Gap is [long start, long end])
            gap = (start, end);
    }

    public void Run()
    {
        try
        {
            while (!clip.Failed && Read() is { } frame)
            {
                if (!Take(frame))
                    break;
            }
        }
        catch (OperationCanceledException) when (clip.Failed && !stop.IsCancellationRequested)
        {
            // The clip was given up elsewhere, which has its reason.
        }
        catch (Exception e) when (!stop.IsCancellationRequested && e is not OperationCanceledException)
        {
            clip.Fail(e);
        }
        EndStretch();
        clip.CloseSource();
        FrameJob end = queues.Job(clip);
        (end.EndsClip, end.Gap, end.DiscardedBefore) = (true, gap is { } rest ? (rest.Start, null) : null, discarded);
        end.Analysed.Set();
        queues.Ordered.Add(end, stop);
    }

    private Frame? Read()
    {
        long start = Stopwatch.GetTimestamp();
        Frame? frame = source.Read(clip.Token);
        queues.Clock.Add("decode", start);
        return frame;
    }

    // False when no later frame is wanted.
    private bool Take(Frame frame)
    {
        long number = choices.Ranges is null ? 0 : FrameRanges.Number(frame);
        bool selected = choices.Ranges is not { } ranges || ranges.Contains(number);
        if (!selected && choices.Discard)
        {
            gap ??= (frame.Pts, null);
            discarded++;
            EndStretch();
            frame.Dispose();
            // Frames of a video are numbered in their order; those of a folder need not be.
            return !source.Info.IsVideo || number <= choices.Ranges!.Last;
        }
        FrameJob job = queues.Job(clip);
        (job.Frame, job.Unselected, job.DiscardedBefore) = (frame, !selected, discarded);
        discarded = 0;
        job.Seconds = source.Info.IsVideo ? frame.Pts * source.Info.TimeBase.Value : frame.Index / FolderRate;
        if (gap is { } left)
        {
            job.Gap = (left.Start, frame.Pts);
            // Of a gap before a segment, the segment's start knows already.
            if (left.End is null)
                removed += frame.Pts - left.Start;
            gap = null;
        }
        job.RemovedTime = removed;
        if (choices.SegmentFrames > 0 && (read % choices.SegmentFrames == 0 || read == choices.ResumeFrom?.FramesWritten))
        {
            job.BeginsSegment = true;
            job.Segment = new SegmentStart
            {
                Segment = (int)(read / choices.SegmentFrames),
                SourceIndex = frame.Index,
                SourcePts = frame.Pts,
                FramesWritten = read,
                RemovedTime = removed,
                State = default,
            };
        }
        frame.Pts -= removed;
        read++;
        long bytes = FrameLayout.Bytes(frame.Width, frame.Height, frame.Format) + frame.File.Length, charge = queues.Budget.Charge(bytes);
        queues.Budget.Take(charge, stop);
        job.Charge = charge;
        Append(job, charge);
        return true;
    }

    private void Append(FrameJob job, long charge)
    {
        bool selected = !job.Unselected;
        if (filling is not null && (filling.Selected != selected || job.BeginsSegment))
            CloseStretch(follows: filling.Selected == selected);
        if (filling is null)
        {
            (int length, int empty) = queues.StretchLengths(choices, charge);
            filling = new StretchJob(clip, length, empty, selected);
            before = full?.Stretch;
        }
        filling.Add(job);
        queues.Ordered.Add(job, stop);
        if (full is not null)
        {
            full.Stretch!.Next = filling.Stretch;
            filling.Stretch!.Expected = !job.BeginsSegment;
            Hand(ref full);
        }
        if (filling.Jobs.Count == filling.Length && !filling.Extend(before, stop))
            CloseStretch(follows: true);
    }

    // The stretch being filled is over. If its search looks at the next one's first frame, it waits for that.
    private void CloseStretch(bool follows)
    {
        if (filling is null)
            return;
        (full, filling) = (filling, null);
        if (!follows || !full.LooksAhead)
            Hand(ref full);
    }

    // Nothing follows without a gap.
    private void EndStretch()
    {
        if (full is not null)
            Hand(ref full);
        CloseStretch(follows: false);
    }

    private void Hand(ref StretchJob? stretch)
    {
        queues.Hand(stretch!, stop);
        stretch = null;
    }

}
