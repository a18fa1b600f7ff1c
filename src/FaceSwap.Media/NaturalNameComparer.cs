namespace FaceSwap.Media;

/// <summary>Orders file names as people count: runs of digits by their value (<c>frame9</c> before <c>frame10</c>), all else by code
/// unit without regard to case; names that are equal so far are ordered by code unit, so the order is total.</summary>
public sealed class NaturalNameComparer : IComparer<string>
{
    /// <summary>The one instance.</summary>
    public static NaturalNameComparer Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            int order;
            if (char.IsAsciiDigit(x[i]) && char.IsAsciiDigit(y[j]))
            {
                ReadOnlySpan<char> a = Digits(x, ref i), b = Digits(y, ref j);
                order = a.Length != b.Length ? a.Length - b.Length : a.SequenceCompareTo(b);
            }
            else
            {
                order = char.ToLowerInvariant(x[i++]) - char.ToLowerInvariant(y[j++]);
            }
            if (order != 0)
                return order;
        }
        int rest = (x.Length - i) - (y.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    // The run of digits at `i` without leading zeros, so that a longer run is a larger number.
    private static ReadOnlySpan<char> Digits(string text, ref int i)
    {
        int start = i;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
            i++;
        return text.AsSpan(start, i - start).TrimStart('0');
    }
}
