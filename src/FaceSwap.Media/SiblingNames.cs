namespace FaceSwap.Media;

/// <summary>Files whose names differ in their extensions only, such as <c>clip.mp4</c> and <c>clip.mov</c>: what is named after one's stem would be taken for the other's.</summary>
public static class SiblingNames
{
    /// <summary>Extensions of videos, in lower case with the dot, that a folder is searched for.</summary>
    public static IReadOnlyList<string> VideoExtensions { get; } =
        [".mp4", ".m4v", ".mkv", ".mov", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".vob", ".wmv", ".flv", ".ogv", ".3gp"];

    /// <summary>Whether a file has a video's extension.</summary>
    public static bool IsVideo(string path) => VideoExtensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>The videos beside a file that have its stem; none when the folder cannot be listed.</summary>
    public static IReadOnlyList<string> VideosBeside(string path)
    {
        string full = Path.GetFullPath(path), stem = Path.GetFileNameWithoutExtension(full);
        try
        {
            return [.. Directory.EnumerateFiles(Path.GetDirectoryName(full) ?? "/")
                .Where(f => f != full && IsVideo(f) && Path.GetFileNameWithoutExtension(f) == stem).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The stems that several of some names have.</summary>
    public static HashSet<string> SharedStems(IEnumerable<string> names)
    {
        HashSet<string> once = new(StringComparer.Ordinal), shared = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string stem = Path.GetFileNameWithoutExtension(name);
            if (!once.Add(stem))
                shared.Add(stem);
        }
        return shared;
    }
}
