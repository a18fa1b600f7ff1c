using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>
/// Gives pictures of a folder the names of a list, of which some may have them already. A picture counts as renamed only where it is found under its new name, and as deleted
/// only where no other picture stands in its place; what is neither is left to the person, and so is the list.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="list">The list's path, for the message.</param>
/// <param name="renames">In an order in which each new name is free when its turn comes.</param>
internal sealed class PictureRenaming(string folder, string list, IReadOnlyList<PictureRename> renames)
{
    private readonly Dictionary<(ulong Device, ulong Inode), PictureRename> byFile = renames.Where(static r => r.Inode != 0)
        .GroupBy(static r => (r.Device, r.Inode)).ToDictionary(static g => g.Key, static g => g.First());

    private readonly ILookup<string, PictureRename> byNewName = renames.ToLookup(static r => r.To);

    /// <summary>Renames what is not renamed yet. Takes up where an earlier run stopped.</summary>
    /// <returns>Pictures renamed.</returns>
    /// <exception cref="UserErrorException">A picture cannot be recognised or renamed.</exception>
    public int Run() => renames.Count(Rename);

    // False when that was done before, or the picture was deleted.
    private bool Rename(PictureRename rename)
    {
        bool before = Find(rename.From) is not null, after = Find(rename.To) is not null;
        if (after && Is(rename.To, rename))
            return false;
        // What another picture is called by now says nothing of this one.
        if (before && !Is(rename.From, rename) && byNewName[rename.From].Any(r => Is(rename.From, r)))
            before = false;
        if (!before && !after)
            return false;
        if (!before || (!after && IsDoubtful(rename.From)) || !Is(rename.From, rename))
        {
            throw new UserErrorException($"an earlier 'alignments remove-faces' of '{folder}' was interrupted, and neither '{rename.From}' nor '{rename.To}' there is the picture "
                + $"that it was about to rename; put the pictures back as they were, or delete '{list}' if the numbers in their names are right");
        }
        try
        {
            File.Move(Path.Combine(folder, rename.From), Path.Combine(folder, rename.To), overwrite: false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the face '{Path.Combine(folder, rename.From)}' cannot be renamed to '{rename.To}' ({e.Message.ReplaceLineEndings(" ")}); "
                + "mend that and run the command again, which goes on from here", e);
        }
    }

    // In a copy, of pictures in a row with the same content: where the last place is empty, all may have moved up already and the first been deleted.
    private bool IsDoubtful(string name)
    {
        for (int left = renames.Count; left > 0; left--)
        {
            if (byNewName[name].FirstOrDefault(r => Is(name, r)) is not { } next)
                return false;
            if (Find(next.From) is null)
                return true;
            name = next.From;
        }
        return false;
    }

    private FileEntry? Find(string name) =>
        FileEntry.Find(Path.Combine(folder, name), follow: false) is { Kind: FileKind.Regular or FileKind.Link } entry ? entry : null;

    // A file's number alone may be that of another one by now; the content alone may be that of several.
    private bool Is(string name, PictureRename picture)
    {
        if (Find(name) is not { } entry)
            return false;
        bool known = picture.Inode != 0 && entry.IsIdentified, same = known && (entry.Device, entry.Inode) == (picture.Device, picture.Inode);
        if (picture.Sha256 is not { } hash)
            return !known || same; // a list of an earlier version, or a picture that could not be read
        return PictureRename.Hash(Path.Combine(folder, name)) == hash
            && (same || !byFile.TryGetValue((entry.Device, entry.Inode), out PictureRename? other) || other.Sha256 != hash);
    }
}
