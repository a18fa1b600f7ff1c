using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Consecutive frames of a clip that one worker takes together.</summary>
internal sealed class StretchJob
{
    private readonly List<Frame>? frames;
    private readonly int empty;

    /// <param name="clip">Whose frames.</param>
    /// <param name="length">Frames it takes.</param>
    /// <param name="empty">Frames it may take where no face is in sight, at least as many.</param>
    /// <param name="selected">Whether they are to be converted.</param>
    public StretchJob(Clip clip, int length, int empty, bool selected)
    {
        (Clip, Length, this.empty, Selected) = (clip, length, empty, selected);
        Jobs = new List<FrameJob>(length);
        if (!selected || clip.Parts!.Alignments is not null)
            return;
        // Never grows beyond its first size: whoever looks back from this stretch reads its first frame while others are added.
        frames = new List<Frame>(empty);
        Stretch = new FrameStretch(frames);
    }

    public Clip Clip { get; }

    /// <summary>Frames that it takes.</summary>
    public int Length { get; private set; }

    /// <summary>Whether its frames are to be converted.</summary>
    public bool Selected { get; }

    /// <summary>Its place among all stretches.</summary>
    public long Turn { get; set; }

    public List<FrameJob> Jobs { get; }

    /// <summary>What is searched; null when the faces are known or of no interest.</summary>
    public FrameStretch? Stretch { get; }

    /// <summary>Whether its search looks at the stretch that follows.</summary>
    public bool LooksAhead => Stretch is not null && Length > 1;

    /// <summary>Lets a full stretch take more frames, if no face is in sight: neither where it begins nor where the one before began. Waits for the searches of these
    /// frames; the one before is on its way when this one fills.</summary>
    /// <param name="before">The stretch before, if it looks at this one; null: there is none.</param>
    /// <param name="stop">Ends the wait.</param>
    public bool Extend(FrameStretch? before, CancellationToken stop)
    {
        if (Length >= empty || Stretch is null || before?.BeginsEmpty(stop) != true || !Stretch.BeginsEmpty(stop))
            return false;
        Length = empty;
        return true;
    }

    public void Add(FrameJob job)
    {
        Jobs.Add(job);
        frames?.Add(job.Frame!);
    }
}
