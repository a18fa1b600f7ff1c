using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Core;

/// <summary>
/// Opens files whose content is read whole or by offsets, and refuses what only looks like one: opening a FIFO waits for somebody to write, <c>/dev/zero</c> never ends. All that
/// is no regular file has length zero, as has an empty file, which none of these formats allows: so the length tells, before anything is opened.
/// </summary>
public static class RegularFile
{
    /// <summary>Opens a file to be read as a stream.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes that a sound one has at most.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It is a folder, empty, no regular file, or larger; or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path, long most = long.MaxValue)
    {
        Require(path, most);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
    }

    /// <summary>Opens a file to be read by offsets; as <see cref="Open"/>.</summary>
    /// <exception cref="IOException">See <see cref="Open"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle OpenHandle(string path, long most = long.MaxValue)
    {
        Require(path, most);
        return File.OpenHandle(path);
    }

    /// <summary>Reads a whole file; as <see cref="Open"/>.</summary>
    /// <exception cref="IOException">See <see cref="Open"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path, long most)
    {
        Require(path, most);
        return File.ReadAllBytes(path);
    }

    private static void Require(string path, long most)
    {
        string name = Path.GetFileName(path);
        if (Directory.Exists(path))
            throw new IOException($"'{name}' is a folder, not a file");
        FileInfo file = new(path);
        // A link's own length is that of the name it holds.
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        if (!file.Exists)
            throw new FileNotFoundException($"there is no file '{name}'", path);
        if (file.Length == 0)
            throw new IOException($"'{name}' is empty or not a regular file");
        if (file.Length > most)
            throw new IOException($"'{name}' has {file.Length} bytes, where {most} are the most that make sense");
    }
}
