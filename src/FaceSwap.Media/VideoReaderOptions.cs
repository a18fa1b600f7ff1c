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
}
