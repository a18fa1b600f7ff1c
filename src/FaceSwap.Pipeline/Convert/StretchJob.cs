using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Consecutive frames of a clip that one worker takes together.</summary>
internal sealed class StretchJob
{
    private readonly List<Frame>? frames;

    /// <param name="clip">Whose frames.</param>
    /// <param name="length">Frames it takes.</param>
    /// <param name="selected">Whether they are to be converted.</param>
    public StretchJob(Clip clip, int length, bool selected)
    {
        (Clip, Length, Selected) = (clip, length, selected);
        Jobs = new List<FrameJob>(length);
        if (!selected || clip.Parts!.Alignments is not null)
            return;
        // Never grows beyond its first size: whoever looks back from this stretch reads its first frame while others are added.
        frames = new List<Frame>(length);
        Stretch = new FrameStretch(frames);
    }

    public Clip Clip { get; }

    /// <summary>Frames that it takes.</summary>
    public int Length { get; }

    /// <summary>Whether its frames are to be converted.</summary>
    public bool Selected { get; }

    /// <summary>Its place among all stretches.</summary>
    public long Turn { get; set; }

    public List<FrameJob> Jobs { get; }

    /// <summary>What is searched; null when the faces are known or of no interest.</summary>
    public FrameStretch? Stretch { get; }

    /// <summary>Whether its search looks at the stretch that follows.</summary>
    public bool LooksAhead => Stretch is not null && Length > 1;

    public void Add(FrameJob job)
    {
        Jobs.Add(job);
        frames?.Add(job.Frame!);
    }
}
