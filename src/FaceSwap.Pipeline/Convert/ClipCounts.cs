using System.Text.Json.Serialization;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What was counted of a clip. Counted where frames pass one by one in their order, so that the counts before any frame are exact.</summary>
internal sealed record ClipCounts
{
    /// <summary>Frames that go on to the sink.</summary>
    public long Frames { get; set; }

    /// <summary>Faces to convert.</summary>
    public long Faces { get; set; }

    /// <summary>Frames that pass through untouched, though they are selected.</summary>
    public long WithoutFace { get; set; }

    /// <summary>Frames outside the ranges that are passed on as they are.</summary>
    public long Unselected { get; set; }

    /// <summary>Frames outside the ranges that are left out.</summary>
    public long Discarded { get; set; }

    /// <summary>Frames that the alignments file does not have.</summary>
    public long NotAligned { get; set; }

    /// <summary>Faces left alone because they were found in a rotated frame and the converter takes boxes.</summary>
    public long Rotated { get; set; }

    /// <summary>Faces left alone because their landmarks have no extent or lie outside the frame.</summary>
    public long Unusable { get; set; }

    /// <summary>Faces left alone because they are not in the aligned folder any more.</summary>
    public long Deleted { get; set; }

    /// <summary>Whether counts that were read are possible.</summary>
    [JsonIgnore]
    public bool IsSound => new[] { Frames, Faces, WithoutFace, Unselected, Discarded, NotAligned, Rotated, Unusable, Deleted }.All(static n => n is >= 0 and < 1L << 48)
        && WithoutFace + Unselected <= Frames && NotAligned <= Frames;

    /// <summary>Counts a frame with its faces; those left out before it are counted before.</summary>
    public void Add(FrameJob job)
    {
        Frames++;
        Faces += job.FaceCount;
        if (job.Unselected)
            Unselected++;
        else if (job.FaceCount == 0)
            WithoutFace++;
        NotAligned += job.Left.NotAligned ? 1 : 0;
        Rotated += job.Left.Rotated;
        Unusable += job.Left.Unusable;
        Deleted += job.Left.Deleted;
    }

    /// <summary>The sum with those of another clip.</summary>
    public static ClipCounts operator +(ClipCounts a, ClipCounts b) => new()
    {
        Frames = a.Frames + b.Frames,
        Faces = a.Faces + b.Faces,
        WithoutFace = a.WithoutFace + b.WithoutFace,
        Unselected = a.Unselected + b.Unselected,
        Discarded = a.Discarded + b.Discarded,
        NotAligned = a.NotAligned + b.NotAligned,
        Rotated = a.Rotated + b.Rotated,
        Unusable = a.Unusable + b.Unusable,
        Deleted = a.Deleted + b.Deleted,
    };
}

/// <summary>What was left alone in one frame, and why.</summary>
internal readonly record struct LeftAlone(int Rotated, int Unusable, int Deleted, bool NotAligned);
