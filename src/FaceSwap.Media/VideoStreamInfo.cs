using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>Color description in the code points of ITU-T H.273, as containers and codecs store them; 2 is "unspecified".</summary>
/// <param name="Matrix">matrix_coefficients.</param>
/// <param name="Primaries">colour_primaries.</param>
/// <param name="Transfer">transfer_characteristics.</param>
/// <param name="Range">0 unspecified, 1 limited, 2 full.</param>
public readonly record struct ColorTags(int Matrix, int Primaries, int Transfer, int Range)
{
    /// <summary>Nothing is known.</summary>
    public static ColorTags Unspecified => new(2, 2, 2, 0);
}

/// <summary>What a decoded video stream is, beyond <see cref="FrameSourceInfo"/>.</summary>
public sealed record VideoStreamInfo
{
    /// <summary>The decoder, by FFmpeg's name.</summary>
    public required string Codec { get; init; }

    /// <summary>The container, by FFmpeg's name.</summary>
    public required string Container { get; init; }

    /// <summary>The format the decoder gives, by FFmpeg's name.</summary>
    public required string SourceFormat { get; init; }

    /// <summary>The format of the delivered frames.</summary>
    public required PixelFormat Format { get; init; }

    /// <summary>Null when frames are references to what the decoder gave; otherwise the sentence that says what they are converted
    /// from and to.</summary>
    public string? Conversion { get; init; }

    /// <summary>Why frames are decoded on the processor although a device was to do it, in words that end a sentence; null when it does, or was not asked to.</summary>
    public string? DeviceRefusal { get; init; }

    /// <summary>Degrees clockwise by which the stored pictures were turned to be upright: 0, 90, 180 or 270.</summary>
    public int Rotation { get; init; }

    /// <summary>Shape of a delivered sample, width to height; unknown counts as square.</summary>
    public Rational SampleAspect { get; init; }

    /// <summary>The stream's color description.</summary>
    public ColorTags Color { get; init; }

    /// <summary>What it says of its pictures beside their samples.</summary>
    public required VideoSignal Signal { get; init; }

    /// <summary>True if the file has sound.</summary>
    public bool HasAudio { get; init; }
}
