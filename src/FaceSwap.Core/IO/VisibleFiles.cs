namespace FaceSwap.Core;

/// <summary>The files of a folder that a person means by its content.</summary>
public static class VisibleFiles
{
    /// <summary>The paths of a folder's files, not of its sub-folders', in no order. Names that begin with a dot are left out: those are records of programs, such as the
    /// <c>._a.png</c> that macOS writes beside <c>a.png</c> and that is no picture. So are names that <see cref="FileNames.IsLost"/>: nothing opens them.</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static IEnumerable<string> In(string folder) => All(folder).Where(static f => !FileNames.IsLost(f));

    /// <summary>The paths of a folder's visible files whose names are lost, as they can be shown.</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static IEnumerable<string> Lost(string folder) => All(folder).Where(FileNames.IsLost);

    private static IEnumerable<string> All(string folder) => Directory.EnumerateFiles(folder).Where(static f => !Path.GetFileName(f.AsSpan()).StartsWith('.'));
}
