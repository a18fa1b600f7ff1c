using System.Globalization;
using System.Text.RegularExpressions;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Sort;

/// <summary>Faces that belong together, in order.</summary>
/// <param name="Name">The folder's name; empty: the faces are not divided.</param>
/// <param name="Faces">Numbers of the faces.</param>
internal sealed partial record SortBin(string Name, int[] Faces)
{
    /// <summary>How the folders of groups begin that are of one person each.</summary>
    public const string Person = "person_";

    /// <summary>How those of other groups begin.</summary>
    public const string Likeness = "group_";

    // Looking to the side of a profile; farther up or down than this the landmarks are not found.
    private const double Profile = 90, FarthestPitch = 45;

    /// <summary>Whether a path is the folder of a bin in which a killed sort finished no picture: it has a bin's name, and nothing in it but temporary files that nobody writes.</summary>
    public static bool IsAbandoned(string path)
    {
        try
        {
            return BinName().IsMatch(Path.GetFileName(path)) && new DirectoryInfo(path) is { Exists: true, LinkTarget: null }
                && Directory.EnumerateFileSystemEntries(path).All(TemporaryFile.IsAbandoned);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Divides an order into as many faces each as can be.</summary>
    public static List<SortBin> Equal(int[] order, int bins)
    {
        bins = Math.Min(bins, order.Length);
        return [.. order.Select((face, place) => (Face: face, Bin: (int)((long)place * bins / order.Length)))
            .GroupBy(p => p.Bin, p => p.Face).Select(g => new SortBin(Number(g.Key), [.. g]))];
    }

    /// <summary>Divides faces among ranges of their values, of which the first and last have no outer end. Empty ranges are left out.</summary>
    /// <param name="order">The faces, rising or falling by value.</param>
    /// <param name="values">Each face's value.</param>
    /// <param name="edges">Where one range ends and the next begins, rising; a value on an edge belongs above it.</param>
    /// <param name="descending">The highest range is the first.</param>
    public static List<SortBin> Ranges(int[] order, float[][] values, IReadOnlyList<double> edges, bool descending)
    {
        return [.. order.GroupBy(face => edges.Count(edge => values[face][0] >= edge))
            .Select(g => new SortBin($"{Number(descending ? edges.Count - g.Key : g.Key)}_{RangeName(g.Key)}", [.. g]))];

        string RangeName(int range) => range == 0 ? "below_" + Text(edges[0])
            : range == edges.Count ? "from_" + Text(edges[^1])
            : $"{Text(edges[range - 1])}_to_{Text(edges[range])}";
    }

    /// <summary>The inner edges of equally wide ranges: of yaw from profile to profile, of pitch from 45 degrees down to 45 up, of others from the least to the greatest value.</summary>
    public static double[] EqualEdges(SortKey key, float[][] values, int ranges)
    {
        (double from, double to) = key switch
        {
            SortKey.Yaw => (-Profile, Profile),
            SortKey.Pitch => (-FarthestPitch, FarthestPitch),
            _ => (values.Min(v => (double)v[0]), values.Max(v => (double)v[0])),
        };
        // Where all values are the same there is one range.
        return [.. Enumerable.Range(1, ranges - 1).Select(i => from + ((to - from) * i / ranges)).Distinct()];
    }

    private static string Number(int bin) => (bin + 1).ToString("D3", CultureInfo.InvariantCulture);

    private static string Text(double edge) => edge.ToString("0.##", CultureInfo.InvariantCulture);

    // Every name that the functions above give, and those of groups.
    [GeneratedRegex(@"^([0-9]{3,}(_(below|from)_-?[0-9]+(\.[0-9]+)?|_-?[0-9]+(\.[0-9]+)?_to_-?[0-9]+(\.[0-9]+)?)?|(person|group)_[0-9]+)$")]
    private static partial Regex BinName();
}
