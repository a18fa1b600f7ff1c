using System.Buffers.Binary;
using System.Text;

namespace FaceSwap.Media.Metadata;

/// <summary>The chunks of a WebP (RFC 9649).</summary>
internal static class WebpChunks
{
    private const byte IccFlag = 0x20, AlphaFlag = 0x10, ExifFlag = 0x08, XmpFlag = 0x04;

    /// <summary>Whether a file begins as a WebP does.</summary>
    public static bool Fits(ReadOnlySpan<byte> file) => file.Length >= 16 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <summary>Size and kind; null when no picture is found.</summary>
    public static ImageHeader? Header(ReadOnlyMemory<byte> file)
    {
        bool alpha = false;
        uint width = 0, height = 0;
        int orientation = 1;
        foreach ((string type, ReadOnlyMemory<byte> body) in Chunks(file))
        {
            ReadOnlySpan<byte> b = body.Span;
            switch (type)
            {
                case "VP8X" when b.Length >= 10:
                    alpha |= (b[0] & AlphaFlag) != 0;
                    (width, height) = (U24(b[4..]) + 1, U24(b[7..]) + 1);
                    break;
                case "VP8 " when b.Length >= 10 && width == 0:
                    (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(b[6..]) & 0x3FFFu, BinaryPrimitives.ReadUInt16LittleEndian(b[8..]) & 0x3FFFu);
                    break;
                case "VP8L" when b.Length >= 5:
                    uint bits = BinaryPrimitives.ReadUInt32LittleEndian(b[1..]);
                    alpha |= (bits >> 28 & 1) != 0;
                    if (width == 0)
                        (width, height) = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
                    break;
                case "EXIF":
                    orientation = ExifBlock.Orientation(Unmarked(body));
                    break;
            }
        }
        return width == 0 ? null : new ImageHeader(ImageKind.Webp, width, height, 8, IsGray: false, alpha, orientation);
    }

    /// <summary>Profile, EXIF and XMP.</summary>
    public static ImageMetadata Metadata(ReadOnlyMemory<byte> file)
    {
        ReadOnlyMemory<byte> icc = default, exif = default, xmp = default;
        foreach ((string type, ReadOnlyMemory<byte> body) in Chunks(file))
        {
            if (type == "ICCP")
                icc = body;
            else if (type == "EXIF")
                exif = Unmarked(body);
            else if (type == "XMP ")
                xmp = body;
        }
        return new ImageMetadata(icc, exif, xmp);
    }

    /// <summary>A file of the codec's with metadata, in the extended form.</summary>
    public static byte[] Insert(byte[] file, ImageMetadata metadata)
    {
        List<(string Type, ReadOnlyMemory<byte> Body)> picture = [.. Chunks(file).Where(c => c.Type is "ALPH" or "VP8 " or "VP8L")];
        if (metadata.Bytes == 0 || picture.Count == 0 || Header(file) is not { } header)
            return file;
        byte[] extended = new byte[10];
        extended[0] = (byte)((metadata.Icc.IsEmpty ? 0 : IccFlag) | (header.HasAlpha ? AlphaFlag : 0) | (metadata.Exif.IsEmpty ? 0 : ExifFlag)
            | (metadata.Xmp.IsEmpty ? 0 : XmpFlag));
        Write24(extended.AsSpan(4), (uint)header.Width - 1);
        Write24(extended.AsSpan(7), (uint)header.Height - 1);
        using MemoryStream result = new(file.Length + metadata.Bytes + 64);
        result.Write("RIFF\0\0\0\0WEBP"u8);
        Write(result, "VP8X", extended);
        Write(result, "ICCP", metadata.Icc.Span);
        foreach ((string type, ReadOnlyMemory<byte> body) in picture)
            Write(result, type, body.Span);
        Write(result, "EXIF", metadata.Exif.Span);
        Write(result, "XMP ", metadata.Xmp.Span);
        byte[] bytes = result.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)bytes.Length - 8);
        return bytes;
    }

    // Some programs put JPEG's mark before the block.
    private static ReadOnlyMemory<byte> Unmarked(ReadOnlyMemory<byte> exif) => exif.Span.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;

    private static uint U24(ReadOnlySpan<byte> b) => b[0] | ((uint)b[1] << 8) | ((uint)b[2] << 16);

    private static void Write24(Span<byte> b, uint value) => (b[0], b[1], b[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));

    private static void Write(MemoryStream result, string type, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return;
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)body.Length);
        result.Write(Encoding.Latin1.GetBytes(type));
        result.Write(length);
        result.Write(body);
        if (body.Length % 2 != 0)
            result.WriteByte(0);
    }

    private static IEnumerable<(string Type, ReadOnlyMemory<byte> Body)> Chunks(ReadOnlyMemory<byte> file)
    {
        long at = 12;
        while (at + 8 <= file.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file.Span[((int)at + 4)..]);
            if (length > file.Length - at - 8)
                yield break;
            yield return (Encoding.Latin1.GetString(file.Span.Slice((int)at, 4)), file.Slice((int)at + 8, (int)length));
            at += 8 + length + (length % 2);
        }
    }
}
