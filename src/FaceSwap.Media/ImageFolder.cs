using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>The images of a folder, and what else in it a person would take for one.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Files">Paths of the images, in no order.</param>
/// <param name="OtherKinds">Names of pictures whose kind is not read here.</param>
/// <param name="Lost">Names that are not UTF-8, as they can be shown: of images, and of pictures of other kinds.</param>
public sealed record ImageFolder(string Folder, IReadOnlyList<string> Files, IReadOnlyList<string> OtherKinds, IReadOnlyList<string> Lost)
{
    // Of cameras, phones, the web and image editors.
    private static readonly HashSet<string> OtherExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".heic", ".heif", ".hif", ".avif", ".gif", ".apng", ".jp2", ".j2k", ".jpf", ".jpx", ".jxl", ".jxr", ".tga", ".exr", ".hdr", ".dds", ".psd", ".xcf", ".svg", ".ico",
        ".pbm", ".pgm", ".ppm", ".pnm", ".pam", ".pfm", ".pcx", ".sgi", ".ras", ".dpx", ".cin", ".qoi", ".dib", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf",
        ".raw", ".mpo", ".jps",
    };

    /// <summary>Lists a folder.</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static ImageFolder List(string folder)
    {
        List<string> files = [], others = [];
        foreach (string path in VisibleFiles.In(folder))
        {
            if (ImageFile.HasImageExtension(path))
                files.Add(path);
            else if (OtherExtensions.Contains(Path.GetExtension(path)))
                others.Add(Path.GetFileName(path));
        }
        bool IsPicture(string path) => ImageFile.HasImageExtension(path) || OtherExtensions.Contains(Path.GetExtension(path));
        string[] lost = [.. VisibleFiles.Lost(folder).Where(IsPicture).Select(p => Path.GetFileName(p))];
        return new ImageFolder(folder, files, others, lost);
    }

    /// <summary>What is passed over, a sentence a kind.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            if (OtherKinds.Count > 0)
            {
                yield return $"{Count(OtherKinds.Count, "picture")} in '{Folder}' of a kind that is not read here ({Kinds}) passed over; save {(OtherKinds.Count == 1 ? "it" : "them")} as "
                    + ".png or .jpg to take part";
            }
            if (Lost.Count > 0)
            {
                yield return $"{Count(Lost.Count, "image")} in '{Folder}' with a name that is not UTF-8 (such as '{Lost.Order(StringComparer.Ordinal).First()}') passed over; {FileNames.Remedy}";
            }
        }
    }

    /// <summary>Why a folder without images has none.</summary>
    public string WhyNone => OtherKinds.Count + Lost.Count == 0
        ? $"holds no image ({string.Join(", ", ImageFile.Extensions)})"
        : $"holds no image ({string.Join(", ", ImageFile.Extensions)}) that can be read: {string.Join("; ", Warnings)}";

    private string Kinds => string.Join(", ", OtherKinds.Select(n => Path.GetExtension(n).ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal));

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
