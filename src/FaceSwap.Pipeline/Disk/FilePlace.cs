using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Disk;

/// <summary>
/// Which file or folder a path leads to, whatever it is called: through symbolic links, hard links and bind mounts two paths with the same place are the same
/// thing. What does not exist yet is told by the folder that it would be in and its name there.
/// </summary>
/// <param name="Device">File system of the file, or of the nearest folder that exists; 0 where the system does not say.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Rest">Names from there on; the whole path where the system does not say.</param>
public readonly record struct FilePlace(ulong Device, ulong Inode, string Rest)
{
    private const int MostLinks = 40; // as many as Linux follows

    /// <summary>Finds it out.</summary>
    public static FilePlace Of(string path) => Of(Full(path), MostLinks);

    /// <summary>Whether two paths lead to the same file or folder.</summary>
    public static bool Same(string first, string second) => Of(first) == Of(second);

    /// <summary>Whether a path is or would be an entry of a folder.</summary>
    public static bool IsIn(string path, string folder) => Path.GetDirectoryName(Full(path)) is { } parent && Same(parent, folder);

    /// <summary>Refuses an output that would replace what it is made from.</summary>
    /// <param name="input">A file or folder that is read.</param>
    /// <param name="output">One that is written.</param>
    /// <param name="what">What the input is, in the middle of the sentence.</param>
    /// <exception cref="UserErrorException">They are the same.</exception>
    public static void RequireOther(string input, string output, string what = "the input")
    {
        if (!Same(input, output))
            return;
        throw new UserErrorException(Full(input) == Full(output)
            ? $"input and output are both '{input}'; choose another output"
            : $"input and output are the same: '{output}' is {what} '{input}' under another name; choose another output");
    }

    private static FilePlace Of(string full, int links)
    {
        if (FileEntry.Find(full, follow: true) is { } entry)
            return entry.IsIdentified ? new FilePlace(entry.Device, entry.Inode, "") : new FilePlace(0, 0, Resolved(full));
        if (Path.GetDirectoryName(full) is not { } parent)
            return new FilePlace(0, 0, full);
        // What a link without a target leads to is made when a folder of its name is.
        if (links > 0 && FileEntry.Find(full, follow: false) is { Kind: FileKind.Link } && new FileInfo(full).LinkTarget is { } target)
            return Of(Full(Path.Combine(parent, target)), links - 1);
        FilePlace above = Of(parent, links);
        return above with { Rest = Path.Combine(above.Rest, Path.GetFileName(full)) };
    }

    private static string Resolved(string full)
    {
        try
        {
            FileSystemInfo info = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
            string path = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
            return OperatingSystem.IsLinux() ? path : path.ToUpperInvariant();
        }
        catch (IOException)
        {
            return full;
        }
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
