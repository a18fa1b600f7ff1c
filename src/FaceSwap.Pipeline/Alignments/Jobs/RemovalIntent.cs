using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>
/// What <c>alignments remove-faces</c> is about to do: an alignments file is replaced, then pictures in a folder are renamed. It is written down in the folder before the
/// first of it is done and deleted after the last, so that a kill in between does not leave pictures that are taken for other faces; whoever works on the file or
/// the folder next finishes it, or forgets it where nothing was done yet. Beside the alignments file a note tells of the folder meanwhile.
/// </summary>
/// <param name="Alignments">The file's full path.</param>
/// <param name="Before">SHA-256 of it before.</param>
/// <param name="After">And after.</param>
/// <param name="Renames">In an order in which each new name is free when its turn comes.</param>
internal sealed record RemovalIntent(string Alignments, string Before, string After, IReadOnlyList<PictureRename> Renames)
{
    /// <summary>The list's name in the folder of pictures.</summary>
    public const string ListName = ".faceswap-remove-faces.json";

    private const int MostBytes = 256 << 20;

    /// <summary>Whether anything is unfinished.</summary>
    public static bool IsPending(string? alignments, string? folder) => Pending(alignments, folder).Count > 0;

    /// <summary>Finishes what a killed process left unfinished in a folder or with an alignments file; nothing is to be locked yet.</summary>
    /// <param name="alignments">The file; null: not known.</param>
    /// <param name="folder">The folder of pictures; null: not known.</param>
    /// <returns>What was done, in a sentence; null when nothing was.</returns>
    /// <exception cref="UserErrorException">Another process is at it, the alignments are not what they were, or a picture cannot be renamed.</exception>
    public static string? Recover(string? alignments, string? folder)
    {
        string? said = null;
        foreach (string place in Pending(alignments, folder))
        {
            using OutputLock pictures = OutputLock.OnFolder(place, "removes faces from", "folder");
            RemovalIntent intent = Read(Path.Combine(place, ListName));
            using OutputLock file = OutputLock.OnFile(intent.Alignments, "changes the alignments file", "one");
            int renamed = intent.Finish(place);
            said = $"an earlier 'alignments remove-faces' of '{place}' was interrupted and is finished now ({renamed} pictures renamed)";
        }
        // A note whose list is gone or was never written.
        if (alignments is not null && Pending(alignments, null).Count == 0)
            Forget(NotePath(alignments));
        return said;
    }

    /// <summary>Writes the list, then does what it says.</summary>
    /// <param name="path">The alignments file; it and the folder are locked by the caller.</param>
    /// <param name="folder">The folder of pictures.</param>
    /// <param name="result">The alignments that replace those of the file.</param>
    /// <param name="names">Pictures to rename, in order.</param>
    /// <exception cref="UserErrorException">Something cannot be written or renamed; what was begun is finished when the command is run again.</exception>
    public static void Run(string path, string folder, AlignmentsFile result, IEnumerable<(string From, string To)> names)
    {
        string full = Path.GetFullPath(path);
        using MemoryStream content = new();
        result.Write(content, AlignmentsSerializers.ByExtension(path));
        RemovalIntent intent = new(full, Hash(full), System.Convert.ToHexStringLower(SHA256.HashData(content.ToArray())),
            [.. names.Select(n => PictureRename.Of(folder, n.From, n.To))]);
        AtomicFile.Write(NotePath(path), "note", stream => JsonSerializer.Serialize(stream, Path.GetFullPath(folder), RemovalJson.Default.String));
        AtomicFile.Write(Path.Combine(folder, ListName), "list", stream => JsonSerializer.Serialize(stream, intent, RemovalJson.Default.RemovalIntent));
        DurableFolder.Flush(folder);
        AlignmentsFile.KeepOld(path);
        AtomicFile.Write(path, "alignments", stream => stream.Write(content.GetBuffer().AsSpan(0, (int)content.Length)));
        DurableFolder.Flush(Path.GetDirectoryName(full)!);
        intent.Finish(folder);
    }

    // The folders with a list that concern the file or the folder.
    private static List<string> Pending(string? alignments, string? folder)
    {
        List<string> places = [];
        foreach (string? place in new[] { folder, alignments is null ? null : NotedFolder(alignments) })
        {
            if (place is not null && OwnFile.IsTaken(Path.Combine(place, ListName)) && !places.Exists(p => FilePlace.Same(p, place)))
                places.Add(place);
        }
        return places;
    }

    private int Finish(string folder)
    {
        string now = File.Exists(Alignments) ? Hash(Alignments) : "";
        if (now != After && now != Before)
        {
            throw new UserErrorException($"an earlier 'alignments remove-faces' of '{folder}' was interrupted, and '{Alignments}' is not there or was changed since; put back what it was "
                + $"(or '{Alignments}.bak'), or delete '{Path.Combine(folder, ListName)}' if the numbers in the pictures' names are right");
        }
        // Pictures are renamed only once the alignments are replaced.
        int renamed = now == After ? new PictureRenaming(folder, Path.Combine(folder, ListName), Renames).Run() : 0;
        DurableFolder.Flush(folder);
        // A copy of the folder may have been finished, and the note tell of the original.
        bool elsewhere = NotedFolder(Alignments) is { } noted && !FilePlace.Same(noted, folder) && OwnFile.IsTaken(Path.Combine(noted, ListName));
        Forget(Path.Combine(folder, ListName));
        if (!elsewhere)
            Forget(NotePath(Alignments));
        return renamed;
    }

    private static RemovalIntent Read(string list)
    {
        try
        {
            RemovalIntent? intent = JsonSerializer.Deserialize(OwnFile.Read(list, MostBytes), RemovalJson.Default.RemovalIntent);
            return intent is { Alignments: not null, Before: not null, After: not null, Renames: not null } && Path.IsPathFullyQualified(intent.Alignments)
                && intent.Renames.All(static r => r is not null && OwnFile.IsPlainName(r.From) && OwnFile.IsPlainName(r.To)
                    && !IsList(r.From) && !IsList(r.To)) ? intent : throw new InvalidDataException("a field is missing or no file name");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{list}' tells of an interrupted 'alignments remove-faces' and cannot be used ({e.Message.ReplaceLineEndings(" ")}); "
                + "compare the pictures with the alignments and delete it", e);
        }
    }

    private static bool IsList(string name) => name.Equals(ListName, StringComparison.OrdinalIgnoreCase);

    private static string NotePath(string alignments)
    {
        string full = Path.GetFullPath(alignments);
        return Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.remove-faces");
    }

    private static string? NotedFolder(string alignments)
    {
        string note = NotePath(alignments);
        try
        {
            return OwnFile.IsTaken(note) && JsonSerializer.Deserialize(OwnFile.Read(note, 1 << 16), RemovalJson.Default.String) is { } folder
                && Path.IsPathFullyQualified(folder) && !folder.Contains('\0', StringComparison.Ordinal) ? folder : null;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Forget(string path)
    {
        try
        {
            if (OwnFile.Is(path))
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is looked at again next time, and then there is nothing left to do.
        }
    }

    private static string Hash(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return System.Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the alignments file '{path}' cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RemovalIntent))]
[JsonSerializable(typeof(string))]
internal sealed partial class RemovalJson : JsonSerializerContext;
