using FaceSwap.Core;

namespace FaceSwap.Vision;

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

    /// <summary>The word of a sharpening.</summary>
    public static string Of(Sharpening sharpening) => sharpening switch
    {
        Sharpening.Box => "bsharpen",
        Sharpening.Gaussian => "gsharpen",
        _ => "none",
    };
}
