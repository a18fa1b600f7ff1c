namespace FaceSwap.Media.Metadata;

/// <summary>Says what images have lost on their way into another format.</summary>
internal static class ImageLossText
{
    /// <summary>A sentence for each kind of loss.</summary>
    /// <param name="output">Where the images went.</param>
    /// <param name="losses">Images by what they lost.</param>
    public static IEnumerable<string> Describe(string output, IReadOnlyDictionary<ImageLosses, int> losses) => losses.OrderBy(l => l.Key).Select(l => l.Key switch
    {
        ImageLosses.Alpha => $"{Images(l.Value)} lost transparency (alpha) in '{output}', whose format has none; write .png, .webp or .tif to keep it",
        ImageLosses.Depth => $"{Images(l.Value)} with 16 bits a sample became 8 in '{output}', whose format has no more; write .png or .tif to keep them",
        ImageLosses.Profile => $"{Images(l.Value)} lost the color profile in '{output}': it is not one for RGB, or the format has no place for it",
        _ => $"{Images(l.Value)} lost EXIF or XMP in '{output}', whose format has no place for it",
    });

    private static string Images(int count) => count == 1 ? "1 image" : $"{count} images";
}
