using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Disk;

/// <summary>Whether a file can be written where a person asked for it, found out before the work that fills it.</summary>
public static class OutputFile
{
    /// <summary>Refuses a file that would take the place of something that is not a file, or of what it is made from.</summary>
    /// <param name="path">The file that will be written.</param>
    /// <param name="what">What it is, at the beginning of the sentence: <c>the summary</c>.</param>
    /// <param name="option">The option that names it.</param>
    /// <param name="others">Files that are read or written too.</param>
    /// <exception cref="UserErrorException">It is a folder, a pipe or a device, or one of the others under any name.</exception>
    public static void Require(string path, string what, string option, params ReadOnlySpan<string> others)
    {
        RequireFile(path, what, option);
        foreach (string other in others)
        {
            if (FilePlace.Same(other, path))
                throw new UserErrorException($"{what} '{path}' would replace '{other}'; choose another {option}");
        }
    }

    /// <summary>Refuses what is there under the name and is no file: renaming a new file over a pipe or a device takes it away from everybody.</summary>
    /// <exception cref="UserErrorException">It is a folder, a pipe or a device.</exception>
    internal static void RequireFile(string path, string what, string option)
    {
        if (FileEntry.Find(path, follow: true) is { Kind: FileKind.Folder or FileKind.Special } there)
            throw new UserErrorException($"{what} cannot be written to '{path}', which is {(there.Kind == FileKind.Folder ? "a folder" : "a pipe or a device")}; choose another {option}");
    }

    /// <summary>Tries whether a file can be made there; nothing stays of it.</summary>
    /// <param name="path">The file; its folder is made if missing.</param>
    /// <param name="what">What it is, at the beginning of the sentence.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    internal static void Try(string path, string what, string option)
    {
        string full = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            TemporaryFile.Create(full).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{what} cannot be written to '{path}' ({e.Message}); free some space or name a file in a writable folder with {option}", e);
        }
    }
}
