namespace FaceSwap.Core;

/// <summary>The files of a folder that a person means by its content.</summary>
public static class VisibleFiles
{
    /// <summary>The paths of a folder's files, not of its sub-folders', in no order. Names that begin with a dot are left out: those are records of programs, such as the
    /// <c>._a.png</c> that macOS writes beside <c>a.png</c> and that is no picture.</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder).Where(static f => !Path.GetFileName(f.AsSpan()).StartsWith('.'));
}
