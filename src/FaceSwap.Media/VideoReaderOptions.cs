namespace FaceSwap.Media;

/// <summary>What part of a video to read, and how.</summary>
public sealed record VideoReaderOptions
{
    /// <summary>Where to begin, in seconds: frames shown from this moment on are delivered, to the frame.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>How much to read, in seconds; null: to the end.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Threads of the decoder; 0: it chooses.</summary>
    public int Threads { get; init; }

    /// <summary>Name frames as a reader from the video's beginning does (<c>STEM_000251.png</c> for the 251st), so that alignments of the whole
    /// video fit a stretch of it. What lies before the stretch is decoded once more for it, to count what can be decoded.</summary>
    public bool NameFromBeginning { get; init; }
}
