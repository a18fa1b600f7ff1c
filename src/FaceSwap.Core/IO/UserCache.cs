namespace FaceSwap.Core;

/// <summary>The user's cache folder: what lies there spares work that can be done again, so nothing in it is trusted or needed.</summary>
public static class UserCache
{
    /// <summary><c>$XDG_CACHE_HOME/faceswap</c>, else <c>~/.cache/faceswap</c>, else one below the temporary folder. Need not exist.</summary>
    public static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache))
                return Path.Combine(cache, "faceswap");
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return home.Length > 0 ? Path.Combine(home, ".cache", "faceswap") : Path.Combine(Path.GetTempPath(), "faceswap-cache");
        }
    }

    /// <summary>Reads a file whole. Null where there is none, where it cannot be read, is empty or too large, and for what is no plain file: a link, a device,
    /// or a pipe, whose opening would wait for a writer.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">The largest size that makes sense.</param>
    public static byte[]? TryRead(string path, int mostBytes)
    {
        try
        {
            // Pipes and devices have no size.
            FileInfo file = new(path);
            if (!file.Exists || file.LinkTarget is not null || file.Length == 0 || file.Length > mostBytes)
                return null;
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            byte[] content = new byte[file.Length];
            return stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) == content.Length ? content : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
