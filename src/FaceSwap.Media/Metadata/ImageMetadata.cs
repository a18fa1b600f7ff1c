using System.Text;

namespace FaceSwap.Media.Metadata;

/// <summary>What an image file holds besides pixels.</summary>
/// <param name="Icc">The color profile (ICC.1).</param>
/// <param name="Exif">The EXIF block: a TIFF structure, without a format's mark before it.</param>
/// <param name="Xmp">The XMP packet, UTF-8.</param>
internal sealed record ImageMetadata(ReadOnlyMemory<byte> Icc, ReadOnlyMemory<byte> Exif, ReadOnlyMemory<byte> Xmp)
{
    private const int ProfileHead = 128;

    /// <summary>Nothing.</summary>
    public static ImageMetadata None { get; } = new(default, default, default);

    /// <summary>Chunks of a PNG that another PNG takes over as they are.</summary>
    public IReadOnlyList<(string Type, ReadOnlyMemory<byte> Body)> PngChunks { get; init; } = [];

    /// <summary>Of a TIFF, the file, whose directories hold what other formats have in an EXIF block.</summary>
    public ReadOnlyMemory<byte> Tiff { get; init; }

    /// <summary>Bytes in all.</summary>
    public int Bytes => Icc.Length + Exif.Length + Xmp.Length + PngChunks.Sum(c => c.Body.Length) + Tiff.Length;

    /// <summary>Reads a file's. What is damaged is left out.</summary>
    public static ImageMetadata Of(ReadOnlyMemory<byte> file, ImageKind kind) => kind switch
    {
        ImageKind.Jpeg => JpegSegments.Metadata(file),
        ImageKind.Png => Metadata.PngChunks.Metadata(file),
        ImageKind.Webp => WebpChunks.Metadata(file),
        ImageKind.Tiff => OfTiff(file),
        _ => None,
    };

    /// <summary>The same for upright pixels: see <see cref="ExifBlock.Upright"/>.</summary>
    public ImageMetadata Upright() => this with { Exif = ExifBlock.Upright(Exif), Xmp = UprightXmp(Xmp) };

    /// <summary>Whether the profile is one for pixels of these channels: that of a CMYK file, which is decoded to RGB, is not.</summary>
    public bool ProfileFits(bool gray) => Icc.Length >= ProfileHead && (Icc.Span[16..].StartsWith("RGB "u8) || (gray && Icc.Span[16..].StartsWith("GRAY"u8)));

    /// <summary>A file that the codec wrote, with this in it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="all">False when something has no place there.</param>
    public byte[] InsertInto(byte[] file, out bool all)
    {
        all = true;
        if (Bytes == 0)
            return file;
        if (JpegSegments.Fits(file))
            return JpegSegments.Insert(file, WithBlock(), out all);
        if (Metadata.PngChunks.Fits(file))
            return Metadata.PngChunks.Insert(file, WithBlock());
        if (WebpChunks.Fits(file))
            return WebpChunks.Insert(file, WithBlock());
        if (TiffReader.Open(file) is not null)
        {
            (TiffValue[] first, TiffValue[] exif, TiffValue[] gps) = ExifBlock.Parts(Tiff.IsEmpty ? Exif : Tiff);
            List<TiffValue> values = [.. first];
            if (!Icc.IsEmpty)
                values.Add(new TiffValue(TiffReader.IccTag, 7, (uint)Icc.Length, Icc.ToArray()));
            if (!Xmp.IsEmpty)
                values.Add(new TiffValue(TiffReader.XmpTag, 1, (uint)Xmp.Length, Xmp.ToArray()));
            return TiffWriter.Extend(file, values, exif, gps);
        }
        all = false;
        return file;
    }

    private ImageMetadata WithBlock()
    {
        if (Tiff.IsEmpty)
            return this;
        (TiffValue[] first, TiffValue[] exif, TiffValue[] gps) = ExifBlock.Parts(Tiff);
        return this with { Exif = TiffWriter.Block(first, exif, gps), Tiff = default };
    }

    private static ImageMetadata OfTiff(ReadOnlyMemory<byte> file)
    {
        if (TiffReader.Open(file) is not { } reader)
            return None;
        ReadOnlyMemory<byte> icc = default, xmp = default;
        foreach (TiffEntry entry in reader.Directory(reader.First, out _))
        {
            if (entry.Tag == TiffReader.IccTag)
                icc = file.Slice(entry.At, entry.Length);
            else if (entry.Tag == TiffReader.XmpTag)
                xmp = file.Slice(entry.At, entry.Length);
        }
        return new ImageMetadata(icc, default, xmp) { Tiff = file };
    }

    // The number is one digit in an attribute or an element, and stays one, so that the packet keeps its length.
    private static ReadOnlyMemory<byte> UprightXmp(ReadOnlyMemory<byte> xmp)
    {
        byte[] copy = xmp.ToArray();
        foreach (byte[] before in (byte[][])[Encoding.ASCII.GetBytes("tiff:Orientation=\""), Encoding.ASCII.GetBytes("tiff:Orientation='"), Encoding.ASCII.GetBytes("<tiff:Orientation>")])
        {
            int at = copy.AsSpan().IndexOf(before);
            if (at >= 0 && at + before.Length < copy.Length && copy[at + before.Length] is >= (byte)'1' and <= (byte)'8')
                copy[at + before.Length] = (byte)'1';
        }
        return copy;
    }
}
