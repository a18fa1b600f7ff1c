using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Video;

/// <summary>Frame rates as people write them.</summary>
public static class FrameRates
{
    /// <summary>The rate of images that are made into a video, where none is given.</summary>
    public static Rational OfImages { get; } = new(25, 1);

    /// <summary>Reads <c>25</c>, <c>12.5</c>, <c>30000/1001</c>; 23.976, 29.97, 59.94 and 119.88 mean the exact rates that they round.</summary>
    /// <exception cref="UserErrorException">The text is no frame rate above 0 and up to 1000.</exception>
    public static Rational Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int numerator)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int denominator) && numerator > 0 && denominator > 0
            && numerator <= 1000L * denominator)
        {
            return new Rational(numerator, denominator);
        }
        if (parts.Length == 1 && double.TryParse(text, CultureInfo.InvariantCulture, out double number))
            return From(number);
        throw Refuse(text);
    }

    /// <summary>The fraction that a number stands for.</summary>
    /// <exception cref="UserErrorException">The number is not above 0 and up to 1000.</exception>
    public static Rational From(double rate)
    {
        if (rate is not (> 0 and <= 1000))
            throw Refuse(rate.ToString(CultureInfo.InvariantCulture));
        double film = Math.Round(rate * 1.001);
        if (film > 0 && film % 6 == 0 && Math.Abs(rate - (film / 1.001)) < 0.005)
            return new Rational((int)film * 1000, 1001);
        int thousandths = Math.Max(1, (int)Math.Round(rate * 1000));
        int divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(thousandths, 1000);
        return new Rational(thousandths / divisor, 1000 / divisor);
    }

    private static UserErrorException Refuse(string text) =>
        new($"'{text}' is no frame rate; write a number above 0 and up to 1000, for example 25 or 30000/1001.");
}
