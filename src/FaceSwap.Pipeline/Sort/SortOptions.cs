using FaceSwap.Core;

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

    /// <summary>Folders to divide the copies among; 0: none.</summary>
    public int Bins { get; init; }

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
/// <param name="Elapsed">Time taken.</param>
public sealed record SortSummary(int Faces, int LeftOut, TimeSpan Elapsed);
