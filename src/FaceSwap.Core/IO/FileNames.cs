namespace FaceSwap.Core;

/// <summary>
/// Names of files that are not UTF-8, such as those of old archives and file servers. The runtime puts U+FFFD in place of their bytes, and what then has
/// that name does not exist: such a name can be shown, but nothing can be opened by it.
/// </summary>
public static class FileNames
{
    private const char Replacement = '\uFFFD';

    /// <summary>What to do about such a name, to end a sentence with.</summary>
    public const string Remedy = "rename it, for example with 'convmv -f latin1 -t utf8 --notest'";

    /// <summary>Whether a path's bytes were lost: it holds a replacement character, and there is no file or folder whose name truly does.</summary>
    public static bool IsLost(string path) => path.Contains(Replacement, StringComparison.Ordinal) && !Path.Exists(path);

    /// <summary>Refuses a path that <see cref="IsLost"/>.</summary>
    /// <exception cref="UserErrorException">It is.</exception>
    public static void RequireUtf8(string path)
    {
        if (IsLost(path))
            throw new UserErrorException($"the name '{path}', or that of a folder in it, is not UTF-8, and files are opened by UTF-8 names here; {Remedy}");
    }
}
