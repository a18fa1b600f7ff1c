using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>Tells names of folders from names of files, so that a file of an unknown kind does not silently become a folder of that name.</summary>
public static class OutputNames
{
    private const int LongestExtension = 5;

    /// <summary>
    /// False when a name looks like a file's: it ends in a dot and one to five letters and digits with a letter among them (<c>clip.xyz</c>, but not <c>out.2026</c>).
    /// An existing folder is one whatever its name is, and so is a name that ends in a slash.
    /// </summary>
    public static bool IsFolder(string path)
    {
        string name = Path.GetFileName(path), extension = Path.GetExtension(name);
        return extension.Length == name.Length || extension.Length > LongestExtension + 1 || Directory.Exists(path)
            || !extension.Skip(1).All(char.IsAsciiLetterOrDigit) || !extension.Any(char.IsAsciiLetter);
    }

    /// <summary>Refuses a name that can only be a file's.</summary>
    /// <param name="path">The output's name.</param>
    /// <param name="need">What needs a folder, as the beginning of a sentence.</param>
    /// <exception cref="UserErrorException">The name looks like a file's.</exception>
    public static void RequireFolder(string path, string need)
    {
        if (!IsFolder(path))
            throw new UserErrorException($"{need}, and '{path}' is named like a file; choose another name, or end it in / for a folder");
    }

    /// <summary>Refuses a name that is neither that of a video that can be written nor that of a folder.</summary>
    /// <param name="path">The output's name.</param>
    /// <exception cref="UserErrorException">It is named like another kind of file.</exception>
    public static void RequireVideoOrFolder(string path)
    {
        if (FrameSinks.IsVideo(path) || IsFolder(path))
            return;
        throw new UserErrorException(ImageFile.HasImageExtension(path)
            ? $"'{path}' is the name of one image, and there is one for each frame; name a video or a folder, and end it in / if '{Path.GetFileName(path)}' is to be a folder"
            : $"'{path}' ends in {Path.GetExtension(path)}, and videos are written as {string.Join(", ", FrameSinks.VideoExtensions)}; choose one of these, or end it in / for a folder");
    }
}
