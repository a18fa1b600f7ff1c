using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Video;

/// <summary>Shapes of pixels as people write them.</summary>
public static class PixelAspects
{
    private const int Largest = 1 << 16;

    /// <summary>Reads <c>64:45</c> or <c>64/45</c>, width to height.</summary>
    /// <exception cref="UserErrorException">The text is no such ratio.</exception>
    public static Rational Parse(string text)
    {
        string[] parts = text.Split(':', '/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && width is > 0 and <= Largest && height is > 0 and <= Largest
            ? new Rational(width, height)
            : throw new UserErrorException($"'{text}' is no shape of a pixel; write its width to its height, for example 64:45");
    }

    /// <summary>Whether pixels are not square; unknown counts as square.</summary>
    public static bool IsOblong(Rational aspect) => aspect is { Numerator: > 0, Denominator: > 0 } && aspect.Numerator != aspect.Denominator;

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public static string Text(Rational aspect) => string.Create(CultureInfo.InvariantCulture, $"{aspect.Numerator}:{aspect.Denominator}");
}
