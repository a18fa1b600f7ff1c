using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Which frames to convert, by number: <c>10-50</c>, <c>90-max</c>, <c>min-20</c> or a single <c>7</c>; both ends belong to a range. Immutable.</summary>
public sealed class FrameRanges
{
    private readonly (long First, long Last)[] ranges;

    private FrameRanges((long, long)[] ranges) => this.ranges = ranges;

    /// <summary>The last frame of all; <see cref="long.MaxValue"/> when a range has no end.</summary>
    public long Last => ranges.Max(r => r.Last);

    /// <summary>Reads ranges; one text may hold several, with commas or spaces between.</summary>
    /// <exception cref="UserErrorException">A text is no range.</exception>
    public static FrameRanges Parse(IEnumerable<string> texts)
    {
        (long, long)[] ranges = [.. texts.SelectMany(t => t.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).Select(One)];
        return ranges.Length > 0 ? new FrameRanges(ranges) : throw Refuse("");
    }

    /// <summary>Whether a frame of this number is in any range.</summary>
    public bool Contains(long number)
    {
        foreach ((long first, long last) in ranges)
        {
            if (number >= first && number <= last)
                return true;
        }
        return false;
    }

    /// <summary>A frame's number: the last digits of its name, as in <c>CLIP_000251.png</c>, or its place from 1 when the name has none.</summary>
    public static long Number(Frame frame)
    {
        ReadOnlySpan<char> stem = Path.GetFileNameWithoutExtension(frame.Name.AsSpan());
        int end = stem.LastIndexOfAnyInRange('0', '9') + 1, start = end;
        while (start > 0 && char.IsAsciiDigit(stem[start - 1]))
            start--;
        return end > 0 && long.TryParse(stem[start..end], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : frame.Index + 1;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', ranges.Select(r =>
        $"{r.First.ToString(CultureInfo.InvariantCulture)}-{(r.Last == long.MaxValue ? "max" : r.Last.ToString(CultureInfo.InvariantCulture))}"));

    private static (long, long) One(string text)
    {
        string[] ends = text.Split('-');
        if (ends.Length is 1 or 2 && End(ends[0], "min", 0) is { } first && End(ends[^1], "max", long.MaxValue) is { } last && first <= last)
            return (first, last);
        throw Refuse(text);
    }

    private static long? End(string text, string word, long value) =>
        text.Equals(word, StringComparison.OrdinalIgnoreCase) ? value
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static UserErrorException Refuse(string text) =>
        new($"'{text}' is no range of frames; write the first and the last, such as 10-50 or 90-max, several with spaces between");
}
