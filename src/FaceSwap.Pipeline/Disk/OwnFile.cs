using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Disk;

/// <summary>Reads what the program itself left on the disk, which others may have put something else in the place of: links are not followed, and pipes and devices,
/// whose reading never ends, not opened.</summary>
internal static class OwnFile
{
    /// <summary>Whether a path is a file with content, and no link.</summary>
    public static bool Is(string path) => FileEntry.Find(path, follow: false) is { Kind: FileKind.Regular };

    /// <summary>The same, of a size.</summary>
    public static bool Is(string path, long bytes) => FileEntry.Find(path, follow: false) is { Kind: FileKind.Regular } entry && entry.Size == bytes;

    /// <summary>Whether anything stands under a name, be it a link that leads nowhere.</summary>
    public static bool IsTaken(string path) => FileEntry.Find(path, follow: false) is not null;

    /// <summary>A file's content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">A larger one is refused.</param>
    /// <exception cref="InvalidDataException">It is no regular file, or too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] Read(string path, int mostBytes)
    {
        using FileStream stream = Open(path);
        if (stream.Length > mostBytes)
            throw new InvalidDataException($"it is larger than {mostBytes >> 20} MB");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="InvalidDataException">It is no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileStream Open(string path) => Is(path)
        ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
        : throw new InvalidDataException("it is no regular file");

    /// <summary>Whether a name is one of a file in its folder, with no way out of it.</summary>
    public static bool IsPlainName(string? name) =>
        name is { Length: > 0 } and not "." and not ".." && name.AsSpan().IndexOfAny('/', '\\', '\0') < 0;
}
