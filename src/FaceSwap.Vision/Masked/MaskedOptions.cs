using FaceSwap.Core;

namespace FaceSwap.Vision;

/// <summary>How the Masked converter cuts and pastes faces; the defaults are the classic ones.</summary>
public sealed record MaskedOptions
{
    /// <summary>The least <see cref="Side"/>.</summary>
    public const int LeastSide = 4;

    /// <summary>Shape of the mask.</summary>
    public MaskType Mask { get; init; }

    /// <summary>Side of the box that blurs the mask's edge, in frame pixels; 0: none.</summary>
    public int BlurSize { get; init; } = 2;

    /// <summary>Erodes the mask by an ellipse of this size in frame pixels; negative dilates; 0: neither.</summary>
    public int ErosionSize { get; init; }

    /// <summary>How the new face gets the colors of the face that it replaces.</summary>
    public ColorAdjust Color { get; init; }

    /// <summary><see cref="Color"/> is <see cref="ColorAdjust.Histogram"/>.</summary>
    public bool MatchHistogram
    {
        get => Color == ColorAdjust.Histogram;
        init => Color = value ? ColorAdjust.Histogram : ColorAdjust.None;
    }

    /// <summary>Sharpens the pasted face.</summary>
    public Sharpening Sharpen { get; init; }

    /// <summary>Clones the face into the frame by its gradients instead of blending it.</summary>
    public bool SeamlessClone { get; init; }

    /// <summary>True when nothing is wanted that a backend's compositor does not have: it knows everything but the clone.</summary>
    public bool SuitsCompositor => !SeamlessClone;

    /// <summary>Side of the network's input and output.</summary>
    public int Side { get; init; } = 64;

    /// <summary>Padding of the aligned square within <see cref="Side"/>: 0 for the classic models.</summary>
    public int Padding { get; init; }

    /// <summary>The mask type of a command-line word: <c>facehullandrect</c>, <c>facehull</c> or <c>rect</c>.</summary>
    /// <exception cref="UserErrorException">The word is another.</exception>
    public static MaskType ParseMask(string word) => word.ToLowerInvariant() switch
    {
        "facehullandrect" => MaskType.FaceHullAndRect,
        "facehull" => MaskType.FaceHull,
        "rect" => MaskType.Rect,
        _ => throw new UserErrorException($"'{word}' is no mask type; use facehullandrect, facehull or rect."),
    };

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Side, LeastSide, nameof(Side));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Side, 1024, nameof(Side));
        ArgumentOutOfRangeException.ThrowIfNegative(Padding, nameof(Padding));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(2 * Padding, Side - 2, nameof(Padding));
        if (BlurSize is < 0 or > 255)
            throw new UserErrorException($"The blur size must be 0 to 255 pixels, not {BlurSize}.");
        if (ErosionSize is < -255 or > 255)
            throw new UserErrorException($"The erosion size must be -255 to 255 pixels, not {ErosionSize}.");
    }
}
