using FaceSwap.Interop;

namespace FaceSwap.Media.Metadata;

/// <summary>What an image file had and the one made of it has not, because its format has no place for it.</summary>
[Flags]
public enum ImageLosses
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Transparency.</summary>
    Alpha = 1,

    /// <summary>The lower 8 of 16 bits.</summary>
    Depth = 2,

    /// <summary>The color profile.</summary>
    Profile = 4,

    /// <summary>EXIF or XMP.</summary>
    Description = 8,
}

/// <summary>The file that an image was decoded from, and what of it goes into one of a certain format.</summary>
internal sealed class ImageOrigin
{
    private ImageLosses missing;

    /// <param name="file">The file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="extension">Of the image that is written, with its dot.</param>
    public ImageOrigin(ReadOnlyMemory<byte> file, ImageHeader header, string extension)
    {
        (File, Header) = (file, header);
        ImageKeep possible = extension.ToLowerInvariant() switch
        {
            ".png" or ".tif" or ".tiff" => ImageKeep.Gray | ImageKeep.Alpha | ImageKeep.Depth,
            ".webp" => ImageKeep.Alpha,
            ".bmp" or ".jpg" or ".jpeg" or ".jpe" or ".jfif" => ImageKeep.Gray,
            _ => ImageKeep.None,
        };
        ImageKeep wanted = (header.IsGray ? ImageKeep.Gray : 0) | (header.HasAlpha ? ImageKeep.Alpha : 0) | (header.IsDeep ? ImageKeep.Depth : 0);
        Keep = wanted & possible;
        ImageKeep lost = wanted & ~possible;
        missing = ((lost & ImageKeep.Alpha) != 0 ? ImageLosses.Alpha : 0) | ((lost & ImageKeep.Depth) != 0 ? ImageLosses.Depth : 0);
    }

    /// <summary>The file.</summary>
    public ReadOnlyMemory<byte> File { get; }

    /// <summary>Its header.</summary>
    public ImageHeader Header { get; }

    /// <summary>What the encoder takes over.</summary>
    public ImageKeep Keep { get; }

    /// <summary>What there is no place for; whole after <see cref="Complete"/>.</summary>
    public ImageLosses Losses => missing;

    /// <summary>The encoded image with profile, EXIF and XMP.</summary>
    public byte[] Complete(ReadOnlySpan<byte> encoded)
    {
        byte[] file = encoded.ToArray();
        ImageMetadata metadata = ImageMetadata.Of(File, Header.Kind).Upright();
        if (!metadata.Icc.IsEmpty && !metadata.ProfileFits((Keep & ImageKeep.Gray) != 0))
        {
            metadata = metadata with { Icc = default };
            missing |= ImageLosses.Profile;
        }
        byte[] whole = metadata.InsertInto(file, out bool all);
        if (!all)
            missing |= (metadata.Icc.IsEmpty || file != whole ? 0 : ImageLosses.Profile) | (metadata.Exif.IsEmpty && metadata.Xmp.IsEmpty ? 0 : ImageLosses.Description);
        return whole;
    }
}
