using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Sort;

/// <summary>Renames files of a folder so that it can be undone after a kill at any moment: the list of all names is on the disk before the first file moves,
/// and no file takes a name that another has.</summary>
public static class SortRename
{
    /// <summary>The list's name.</summary>
    public const string ListName = "faceswap-sort-undo.json";

    private const int MostBytes = 256 << 20;

    /// <summary>Refuses a folder that was renamed already.</summary>
    /// <exception cref="UserErrorException">A list is there.</exception>
    public static void CheckFresh(string folder)
    {
        if (OwnFile.IsTaken(Path.Combine(folder, ListName)))
            throw new UserErrorException($"'{folder}' was sorted in place before; undo that first with 'faceswap sort -i {folder} --undo'");
    }

    /// <summary>Refuses a folder in which faces have a sort's names, whole or interrupted: they cannot be told from those that a person deleted.</summary>
    /// <exception cref="UserErrorException">A list is there and a file has one of its new names, or the list cannot be used.</exception>
    public static void CheckOwnNames(string folder)
    {
        string list = Path.Combine(folder, ListName);
        if (OwnFile.IsTaken(list) && Read(list).Exists(n => OwnFile.IsTaken(Path.Combine(folder, n.To))))
        {
            throw new UserErrorException($"faces in '{folder}' have the new names of a 'sort --in-place', so those that are missing cannot be told; "
                + $"give them their own back with 'faceswap sort -i {folder} --undo'");
        }
    }

    /// <summary>Writes the list, then renames.</summary>
    /// <exception cref="UserErrorException">A new name is taken (nothing was renamed), or a file cannot be renamed.</exception>
    internal static void Apply(string folder, IReadOnlyList<(string From, string To)> names)
    {
        CheckFresh(folder);
        if (names.FirstOrDefault(n => OwnFile.IsTaken(Path.Combine(folder, n.To))).To is { } taken)
            throw new UserErrorException($"'{taken}' is already in '{folder}', so nothing was renamed; use --output-dir instead");
        AtomicFile.Write(Path.Combine(folder, ListName), "undo", stream =>
        {
            using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            foreach ((string from, string to) in names)
                json.WriteString(to, from);
            json.WriteEndObject();
        });
        foreach ((string from, string to) in names)
            Move(folder, from, to);
    }

    /// <summary>Gives the files of a folder the names of before the sort, whole or interrupted, and removes the list. Files deleted meanwhile stay deleted.</summary>
    /// <returns>Files renamed back.</returns>
    /// <exception cref="UserErrorException">There is no list, it is damaged, or a file cannot be renamed; the list then stays.</exception>
    public static int Undo(string folder)
    {
        string list = Path.Combine(folder, ListName);
        if (!OwnFile.IsTaken(list))
            throw new UserErrorException($"there is no {ListName} in '{folder}', so there is no sort to undo");
        using OutputLock held = OutputLock.OnFolder(folder, "works in", "--input-dir");
        int count = 0;
        foreach ((string to, string from) in Read(list))
        {
            if (!OwnFile.IsTaken(Path.Combine(folder, to)))
                continue;
            Move(folder, to, from);
            count++;
        }
        File.Delete(list);
        return count;
    }

    private static List<(string To, string From)> Read(string list)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(OwnFile.Read(list, MostBytes));
            List<(string To, string From)> names = [.. json.RootElement.EnumerateObject().Select(p => (p.Name, p.Value.GetString() ?? ""))];
            return names.All(n => IsFace(n.To) && IsFace(n.From)) && names.DistinctBy(n => n.To).Count() == names.Count && names.DistinctBy(n => n.From).Count() == names.Count
                ? names : throw new FormatException("it holds what is no file name, or one twice");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the list '{list}' cannot be used ({e.Message.ReplaceLineEndings(" ")}); restore it from a copy", e);
        }
    }

    // A list from elsewhere must not move files into other folders, nor itself.
    private static bool IsFace(string name) => OwnFile.IsPlainName(name) && !name.Equals(ListName, StringComparison.OrdinalIgnoreCase);

    private static void Move(string folder, string from, string to)
    {
        try
        {
            File.Move(Path.Combine(folder, from), Path.Combine(folder, to), overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{from}' in '{folder}' cannot be renamed to '{to}' ({e.Message}); {ListName} lists all names, and --undo goes back", e);
        }
    }
}
