using FaceSwap.Core;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Pipeline.Sort;

/// <summary>What faces are sorted by.</summary>
public enum SortKey
{
    /// <summary>Sharpness of the features.</summary>
    Blur,

    /// <summary>Likeness of colors: a chain, each face followed by the most alike of those left.</summary>
    Histogram,

    /// <summary>Likeness of persons, by the recognition network: a chain.</summary>
    Face,

    /// <summary>Looking left to looking right.</summary>
    Yaw,

    /// <summary>Looking down to looking up.</summary>
    Pitch,

    /// <summary>Size in the frame.</summary>
    Size,
}

/// <summary>The keys by name.</summary>
public static class SortKeys
{
    /// <summary>What <c>--by</c> takes.</summary>
    public static string[] Names { get; } = ["blur", "histogram", "face", "yaw", "pitch", "size"];

    /// <summary>The key of a name of <see cref="Names"/>.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static SortKey ByName(string name) => Array.IndexOf(Names, name) is >= 0 and int i
        ? (SortKey)i
        : throw new UserErrorException($"faces cannot be sorted by '{name}'; choose one of {string.Join(", ", Names)}");

    /// <summary>Whether faces have likenesses by this key rather than a value each.</summary>
    public static bool IsLikeness(SortKey key) => key is SortKey.Face or SortKey.Histogram;

    /// <summary>The distance within a group when none is given: the recognition network's own for persons, 0.25 (Hellinger's, 0 to 1) for colors.</summary>
    public static double Threshold(SortKey key) => key == SortKey.Face ? FaceEmbedder.SamePerson : 0.25;
}

/// <summary>What <see cref="SortWorkflow"/> does.</summary>
public sealed record SortOptions
{
    /// <summary>Folder of aligned faces.</summary>
    public required string Input { get; init; }

    /// <summary>By what.</summary>
    public SortKey Key { get; init; }

    /// <summary>The largest first.</summary>
    public bool Descending { get; init; }

    /// <summary>Folder that copies go to; null: none are made.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>Renames the faces where they are.</summary>
    public bool InPlace { get; init; }

    /// <summary>Folders of equally many faces to divide the copies among; 0: none.</summary>
    public int Bins { get; init; }

    /// <summary>Folders of equally wide ranges of the value: yaw from profile (-90 degrees) to profile, pitch from -45 to 45, others from least to greatest; 0: none.
    /// For keys that are one number.</summary>
    public int BinRanges { get; init; }

    /// <summary>Where one folder's range of the value ends and the next one's begins, rising; empty: no such folders. For keys that are one number.</summary>
    public IReadOnlyList<double> BinEdges { get; init; } = [];

    /// <summary>A folder for each group of alike faces; for <see cref="SortKey.Face"/> (persons) and <see cref="SortKey.Histogram"/>.</summary>
    public bool Group { get; init; }

    /// <summary>The largest distance within a group, as the root of the mean square; null: that of the key, <see cref="SortKeys.Threshold"/>.</summary>
    public double? GroupThreshold { get; init; }

    /// <summary>Contact sheet to write; null: none.</summary>
    public string? SheetPath { get; init; }

    /// <summary>Alignments of the faces, for <see cref="SortKey.Size"/>.</summary>
    public string? AlignmentsPath { get; init; }

    /// <summary>Where weight files are looked for first.</summary>
    public string? ModelsDirectory { get; init; }

    /// <summary>Where the networks that find and describe faces run; null: the processor.</summary>
    public Faces.FaceDevice? FaceDevice { get; init; }
}

/// <summary>What was done.</summary>
/// <param name="Faces">Faces sorted.</param>
/// <param name="LeftOut">Images that could not be used and stay as they are.</param>
/// <param name="Bins">Names of the folders and the faces in each, in order; empty when the faces were not divided.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record SortSummary(int Faces, int LeftOut, IReadOnlyList<(string Name, int Faces)> Bins, TimeSpan Elapsed);
