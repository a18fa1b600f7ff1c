using System.Text.Json;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Sort;

/// <summary>Renames files of a folder so that it can be undone after a kill at any moment: the list of all names is on the disk before the first file moves,
/// and no file takes a name that another has.</summary>
public static class SortRename
{
    /// <summary>The list's name.</summary>
    public const string ListName = "faceswap-sort-undo.json";

    /// <summary>Refuses a folder that was renamed already.</summary>
    /// <exception cref="UserErrorException">A list is there.</exception>
    public static void CheckFresh(string folder)
    {
        if (File.Exists(Path.Combine(folder, ListName)))
            throw new UserErrorException($"'{folder}' was sorted in place before; undo that first with 'faceswap sort -i {folder} --undo'");
    }

    /// <summary>Writes the list, then renames.</summary>
    /// <exception cref="UserErrorException">A new name is taken (nothing was renamed), or a file cannot be renamed.</exception>
    internal static void Apply(string folder, IReadOnlyList<(string From, string To)> names)
    {
        CheckFresh(folder);
        if (names.FirstOrDefault(n => Path.Exists(Path.Combine(folder, n.To))).To is { } taken)
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
        if (!File.Exists(list))
            throw new UserErrorException($"there is no {ListName} in '{folder}', so there is no sort to undo");
        int count = 0;
        foreach ((string to, string from) in Read(list))
        {
            if (!File.Exists(Path.Combine(folder, to)))
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
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(list));
            List<(string To, string From)> names = [.. json.RootElement.EnumerateObject().Select(p => (p.Name, p.Value.GetString() ?? ""))];
            return names.All(n => IsPlain(n.To) && IsPlain(n.From)) ? names : throw new FormatException("it holds what is no file name");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the list '{list}' cannot be used ({e.Message.ReplaceLineEndings(" ")}); restore it from a copy", e);
        }
    }

    // A list from elsewhere must not move files into other folders.
    private static bool IsPlain(string name) => name.Length > 0 && name is not "." and not ".." && name.AsSpan().IndexOfAny('/', '\\', '\0') < 0;

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
