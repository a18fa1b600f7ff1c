using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Sort;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// The faces that are left in a folder of extracted ones, after a person has deleted those that should stay as they are. Both forms of the names are understood:
/// <c>STEM_INDEX.EXT</c>, and <c>STEMINDEX.EXT</c> of the oldest tools. Immutable.
/// </summary>
public sealed class AlignedFolder
{
    private readonly HashSet<string> stems;
    private readonly CropNames names;

    private AlignedFolder(HashSet<string> stems, CropNames names) => (this.stems, this.names) = (stems, names);

    /// <summary>Lists a folder.</summary>
    /// <param name="folder">The folder; its sub-folders do not count.</param>
    /// <param name="alignments">Whose faces they are.</param>
    /// <exception cref="UserErrorException">The folder cannot be read, faces in it have a sort's names, or none of its files is a face of the alignments.</exception>
    public static AlignedFolder Open(string folder, AlignmentsFile alignments)
    {
        if (!Directory.Exists(folder))
            throw new UserErrorException($"there is no folder '{folder}' of aligned faces; check --input-aligned-dir");
        SortRename.CheckOwnNames(folder);
        AlignedFolder aligned;
        try
        {
            aligned = new AlignedFolder([.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileNameWithoutExtension(f))], new CropNames(alignments.FrameNames));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the folder '{folder}' cannot be read: {e.Message}", e);
        }
        bool any = alignments.FrameNames.Any(name => Enumerable.Range(0, alignments.Find(name)!.Count).Any(i => aligned.Has(name, i)));
        return any ? aligned : throw new UserErrorException(
            $"no file in '{folder}' is named after a face of the alignments (such as {Example(alignments)}); give the folder that they were extracted to");
    }

    /// <summary>Whether a face is still there.</summary>
    /// <param name="frameName">The frame's name in the alignments.</param>
    /// <param name="index">The face's place in the frame's list.</param>
    public bool Has(string frameName, int index)
    {
        string stem = names.Stem(frameName), number = index.ToString(CultureInfo.InvariantCulture);
        return stems.Contains($"{stem}_{number}") || stems.Contains(stem + number);
    }

    private static string Example(AlignmentsFile alignments) =>
        Path.GetFileNameWithoutExtension(alignments.FrameNames.FirstOrDefault(n => alignments.Find(n)!.Count > 0) ?? "FRAME") + "_0.png";
}
