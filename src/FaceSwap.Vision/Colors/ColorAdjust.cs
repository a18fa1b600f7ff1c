using FaceSwap.Core;

namespace FaceSwap.Vision;

/// <summary>How a new face gets the colors of the face that it replaces.</summary>
public enum ColorAdjust
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By its histogram over the whole crop, per channel of B, G, R: the classic way.</summary>
    Histogram,

    /// <summary>By mean and standard deviation under the mask, per channel of CIE L*a*b*: after Reinhard et al., "Color Transfer between Images" (2001).</summary>
    Reinhard,

    /// <summary>By the mean under the mask, per channel of B, G, R.</summary>
    Average,
}

/// <summary>How the pasted face is sharpened.</summary>
public enum Sharpening
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By a 3×3 kernel of −1 with 9 in the middle: strong, and it shows noise.</summary>
    Box,

    /// <summary>1.5 times itself less half of its Gaussian blur of σ = 3: gentle.</summary>
    Gaussian,
}

/// <summary>The words that command lines and settings have for the choices.</summary>
public static class ConverterWords
{
    /// <summary>The color adjustment of a word: <c>none</c>, <c>histogram</c>, <c>reinhard</c> or <c>average</c>.</summary>
    /// <exception cref="UserErrorException">The word is another.</exception>
    public static ColorAdjust ParseColor(string word) => word.ToLowerInvariant() switch
    {
        "none" => ColorAdjust.None,
        "histogram" => ColorAdjust.Histogram,
        "reinhard" => ColorAdjust.Reinhard,
        "average" => ColorAdjust.Average,
        _ => throw new UserErrorException($"'{word}' is no color adjustment; use none, histogram, reinhard or average."),
    };

    /// <summary>The sharpening of a word: <c>none</c>, <c>bsharpen</c> or <c>gsharpen</c>.</summary>
    /// <exception cref="UserErrorException">The word is another.</exception>
    public static Sharpening ParseSharpening(string word) => word.ToLowerInvariant() switch
    {
        "none" => Sharpening.None,
        "bsharpen" => Sharpening.Box,
        "gsharpen" => Sharpening.Gaussian,
        _ => throw new UserErrorException($"'{word}' is no sharpening; use none, bsharpen or gsharpen."),
    };
}
