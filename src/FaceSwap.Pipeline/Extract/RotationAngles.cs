using System.Globalization;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Extract;

/// <summary>What <c>--rotate-images</c> says: <c>on</c> is 90, 180, 270; one number n is n, 2n, … below 360; several are tried as listed.</summary>
public static class RotationAngles
{
    private const int Whole = 360, Quarter = 90;

    /// <summary>The word for 90, 180 and 270 degrees.</summary>
    public const string On = "on";

    /// <summary>Reads the angles in the order in which they are tried, in whole degrees.</summary>
    /// <exception cref="UserErrorException">It is none of the three.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        if (text.Equals(On, StringComparison.OrdinalIgnoreCase))
            return Steps(Quarter);
        string[] parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int[] angles = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int angle) && angle is > 0 and < Whole
            ? angle
            : throw Refusal(text))];
        return angles.Length switch
        {
            0 => throw Refusal(text),
            1 => Steps(angles[0]),
            _ => [.. angles.Distinct()],
        };
    }

    private static int[] Steps(int step) => [.. Enumerable.Range(1, (Whole - 1) / step).Select(i => i * step)];

    private static UserErrorException Refusal(string text) =>
        new($"--rotate-images needs 'on', a step or a list of whole degrees from 1 to {Whole - 1} such as 45 or 90,270, not '{text}'");
}
