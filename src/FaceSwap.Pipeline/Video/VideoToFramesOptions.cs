using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Video;

/// <summary>Which video to take apart, and how.</summary>
public sealed record VideoToFramesOptions
{
    /// <summary>The video file.</summary>
    public required string Input { get; init; }

    /// <summary>Folder for the images; made if missing.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Frames a second to write; null: every frame of the video once.</summary>
    public Rational? Rate { get; init; }

    /// <summary>JPEG quality on FFmpeg's scale, 1 (best) to 31.</summary>
    public double Quality { get; init; } = 2;

    /// <summary>File names with one <c>%d</c> or <c>%0Nd</c> for the number, from 1; the extension (.jpg, .jpeg or .png) is the format.</summary>
    public string Pattern { get; init; } = "%04d.jpg";

    /// <summary>Where to begin, in seconds; null: at the start.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>How much to take, in seconds; null: to the end.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>The name of this stage in progress reports.</summary>
    public string Stage { get; init; } = "video to frames";
}

/// <summary>What was written.</summary>
/// <param name="Decoded">Frames of the video.</param>
/// <param name="Images">Images written.</param>
/// <param name="Warnings">What was wrong with the video, and what images cannot keep of it, a sentence each.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record VideoToFramesSummary(long Decoded, long Images, IReadOnlyList<string> Warnings, TimeSpan Elapsed);
