using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Video;

/// <summary>Which images become a video, and how.</summary>
public sealed record FramesToVideoOptions
{
    /// <summary>Folder of images; their order is the natural order of their names.</summary>
    public required string Input { get; init; }

    /// <summary>Video file; its extension is the container.</summary>
    public required string Output { get; init; }

    /// <summary>Frames a second.</summary>
    public Rational FrameRate { get; init; } = FrameRates.OfImages;

    /// <summary>File whose sound (with subtitles, chapters and metadata) is copied, cut where the images end; null: none. Its first picture is the first image's
    /// moment; a file without pictures begins with its sound.</summary>
    public string? AudioFrom { get; init; }

    /// <summary>Shape of a pixel, width to height; unknown: that of <see cref="AudioFrom"/>, if it is a video with frames of the images' shape, otherwise square.</summary>
    public Rational PixelAspect { get; init; }

    /// <summary>Encoder by its FFmpeg name.</summary>
    public string Codec { get; init; } = "libx264";

    /// <summary>Constant rate factor.</summary>
    public double Crf { get; init; } = 15;

    /// <summary>The encoder's preset.</summary>
    public string Preset { get; init; } = "medium";

    /// <summary>Pixel format of the video by its FFmpeg name; null: as the images', as far as the encoder can.</summary>
    public string? PixelFormat { get; init; }

    /// <summary>Leave out images that cannot be read, with a warning; otherwise the first is an error.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>The name of this stage in progress reports.</summary>
    public string Stage { get; init; } = "frames to video";
}

/// <summary>What was written.</summary>
/// <param name="Frames">Frames of the video.</param>
/// <param name="Output">The video file.</param>
/// <param name="Warnings">What could not be kept or read, a sentence each.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record FramesToVideoSummary(long Frames, string Output, IReadOnlyList<string> Warnings, TimeSpan Elapsed);
