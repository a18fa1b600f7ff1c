using FaceSwap.Core;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>An alignments file whose entries follow frames that have been renamed.</summary>
/// <param name="Result">The file with the new names, the faces as they were.</param>
/// <param name="Renamed">Entries that have another name now.</param>
public sealed record EntryRename(AlignmentsFile Result, IReadOnlyList<(string From, string To)> Renamed)
{
    /// <summary>The first entry gets the name of the first frame, and so on; entries in the natural order of their names.</summary>
    /// <exception cref="UserErrorException">There are not as many frames as entries.</exception>
    public static EntryRename ByOrder(AlignmentsFile file, IReadOnlyList<string> frames)
    {
        if (frames.Count != file.FrameCount)
            throw new UserErrorException($"the alignments have {file.FrameCount} frames but the input has {frames.Count}, so they cannot be matched in order; use --find and --replace");
        string[] old = [.. file.FrameNames.Order(NaturalNameComparer.Instance)];
        return Apply(file, [.. old.Zip(frames)]);
    }

    /// <summary>Replaces a text in every name.</summary>
    /// <exception cref="UserErrorException">No name has it, or two entries would get the same name.</exception>
    public static EntryRename ByText(AlignmentsFile file, string find, string replace)
    {
        if (find.Length == 0 || !file.FrameNames.Any(n => n.Contains(find, StringComparison.Ordinal)))
            throw new UserErrorException($"no frame of the alignments has '{find}' in its name; the first is called '{file.FrameNames.FirstOrDefault()}'");
        return Apply(file, [.. file.FrameNames.Select(n => (n, n.Replace(find, replace, StringComparison.Ordinal)))]);
    }

    private static EntryRename Apply(AlignmentsFile file, (string From, string To)[] names)
    {
        AlignmentsFile result = new();
        foreach ((string from, string to) in names)
        {
            if (to.Length == 0 || result.Find(to) is not null)
                throw new UserErrorException(to.Length == 0 ? $"'{from}' would have no name left" : $"two frames would both be called '{to}'; nothing was changed");
            result.Set(to, file.Find(from)!);
        }
        return new EntryRename(result, [.. names.Where(n => n.From != n.To)]);
    }
}
