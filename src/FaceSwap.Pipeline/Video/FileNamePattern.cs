using System.Globalization;
using System.Text.RegularExpressions;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Video;

/// <summary>A file name with a place for a number, as FFmpeg writes it: <c>%04d.jpg</c>.</summary>
internal sealed partial class FileNamePattern
{
    private readonly string before, after;
    private readonly int digits;

    public FileNamePattern(string pattern)
    {
        Match place = Place().Match(pattern);
        if (!place.Success || place.NextMatch().Success || pattern.AsSpan().ContainsAny('/', '\\'))
        {
            throw new UserErrorException(
                $"'{pattern}' is no pattern for file names; it needs one %d or %04d for the number and no folder, for example %04d.jpg.");
        }
        before = pattern[..place.Index];
        after = pattern[(place.Index + place.Length)..];
        digits = place.Groups[1].Length > 0 ? int.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 1;
        Extension = Path.GetExtension(after).ToLowerInvariant();
    }

    public string Extension { get; }

    public string Name(long number) => before + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0') + after;

    /// <summary>Whether a name may be one of these.</summary>
    public bool Fits(string name) => name.Length > before.Length + after.Length && name.StartsWith(before, StringComparison.OrdinalIgnoreCase)
        && name.EndsWith(after, StringComparison.OrdinalIgnoreCase) && name.AsSpan(before.Length, name.Length - before.Length - after.Length).IndexOfAnyExceptInRange('0', '9') < 0;

    [GeneratedRegex("%(0[1-9])?d")]
    private static partial Regex Place();
}
