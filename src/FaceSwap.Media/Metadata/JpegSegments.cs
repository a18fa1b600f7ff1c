using System.Buffers.Binary;

namespace FaceSwap.Media.Metadata;

/// <summary>The segments before a JPEG's pixels (ITU-T T.81, annex B; EXIF 2.3; ICC.1 annex B).</summary>
internal static class JpegSegments
{
    private const int MostInSegment = 65533; // of 65535, the length itself takes two
    private const byte App0 = 0xE0, App1 = 0xE1, App2 = 0xE2, StartOfScan = 0xDA, EndOfImage = 0xD9;

    private static ReadOnlySpan<byte> ExifMark => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpMark => "http://ns.adobe.com/xap/1.0/\0"u8;

    private static ReadOnlySpan<byte> IccMark => "ICC_PROFILE\0"u8;

    /// <summary>Whether a file begins as a JPEG does.</summary>
    public static bool Fits(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>Size and kind; null when no frame header is found.</summary>
    public static ImageHeader? Header(ReadOnlyMemory<byte> file)
    {
        foreach ((byte marker, ReadOnlyMemory<byte> body) in Segments(file))
        {
            // SOF0 to SOF15 but for the tables DHT, JPG and DAC among them.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && body.Length >= 6)
            {
                ReadOnlySpan<byte> frame = body.Span;
                return new ImageHeader(ImageKind.Jpeg, BinaryPrimitives.ReadUInt16BigEndian(frame[3..]), BinaryPrimitives.ReadUInt16BigEndian(frame[1..]), frame[0],
                    IsGray: frame[5] == 1, HasAlpha: false, ExifBlock.Orientation(Metadata(file).Exif));
            }
        }
        return null;
    }

    /// <summary>Profile, EXIF and XMP.</summary>
    public static ImageMetadata Metadata(ReadOnlyMemory<byte> file)
    {
        ReadOnlyMemory<byte> exif = default, xmp = default;
        SortedDictionary<int, ReadOnlyMemory<byte>> profile = [];
        int parts = 0;
        foreach ((byte marker, ReadOnlyMemory<byte> body) in Segments(file))
        {
            ReadOnlySpan<byte> bytes = body.Span;
            if (marker == App1 && exif.IsEmpty && bytes.StartsWith(ExifMark))
                exif = body[ExifMark.Length..];
            else if (marker == App1 && xmp.IsEmpty && bytes.StartsWith(XmpMark))
                xmp = body[XmpMark.Length..];
            else if (marker == App2 && bytes.Length > IccMark.Length + 2 && bytes.StartsWith(IccMark))
            {
                parts = bytes[IccMark.Length + 1];
                profile.TryAdd(bytes[IccMark.Length], body[(IccMark.Length + 2)..]);
            }
        }
        bool whole = parts > 0 && profile.Count == parts && profile.Keys.First() == 1 && profile.Keys.Last() == parts;
        byte[] icc = whole ? [.. profile.Values.SelectMany(p => p.ToArray())] : [];
        return new ImageMetadata(icc, exif, xmp);
    }

    /// <summary>Whether the end mark follows the pixels: without it the file was cut off, and a decoder paints the rest grey.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> file)
    {
        int at = PixelsAt(file);
        while (at >= 0 && at < file.Length - 1)
        {
            int mark = file[at..].IndexOf((byte)0xFF);
            if (mark < 0 || at + mark + 1 >= file.Length)
                return false;
            at += mark + 1;
            byte marker = file[at];
            if (marker == EndOfImage)
                return true;
            // 0xFF00 is a stuffed byte of data, 0xFFFF filling, RST0 to RST7 stand within data; other segments lie between scans.
            if (marker is 0 or 0xFF or (>= 0xD0 and <= 0xD7))
            {
                at += marker == 0xFF ? 0 : 1;
                continue;
            }
            if (at + 3 > file.Length)
                return false;
            at += 1 + Math.Max((int)BinaryPrimitives.ReadUInt16BigEndian(file[(at + 1)..]), 2);
        }
        return false;
    }

    /// <summary>A file of the codec's with metadata after its first segment. What is too long for a segment is left out.</summary>
    public static byte[] Insert(ReadOnlySpan<byte> file, ImageMetadata metadata, out bool all)
    {
        using MemoryStream result = new(file.Length + metadata.Bytes);
        // After JFIF's segment, where readers of either expect theirs.
        int at = 2;
        if (file.Length > 6 && file[2] == 0xFF && file[3] == App0)
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[4..]);
        result.Write(file[..at]);
        all = Segment(result, App1, ExifMark, metadata.Exif.Span);
        all &= Segment(result, App1, XmpMark, metadata.Xmp.Span);
        ReadOnlySpan<byte> icc = metadata.Icc.Span;
        int room = MostInSegment - IccMark.Length - 2, parts = (icc.Length + room - 1) / room;
        all &= parts <= byte.MaxValue;
        for (int i = 0; i < parts && parts <= byte.MaxValue; i++)
        {
            byte[] mark = [.. IccMark, (byte)(i + 1), (byte)parts];
            Segment(result, App2, mark, icc[(i * room)..Math.Min((i + 1) * room, icc.Length)]);
        }
        result.Write(file[at..]);
        return result.ToArray();
    }

    private static bool Segment(MemoryStream result, byte marker, ReadOnlySpan<byte> mark, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return true;
        if (mark.Length + body.Length > MostInSegment)
            return false;
        Span<byte> head = [0xFF, marker, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(mark.Length + body.Length + 2));
        result.Write(head);
        result.Write(mark);
        result.Write(body);
        return true;
    }

    // The scan's data begins after its header; -1: there is none.
    private static int PixelsAt(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            at += 2 + Math.Max(length, 2);
            if (marker == StartOfScan)
                return at;
        }
        return -1;
    }

    private static IEnumerable<(byte Marker, ReadOnlyMemory<byte> Body)> Segments(ReadOnlyMemory<byte> file)
    {
        int at = 2;
        while (at + 4 <= file.Length && file.Span[at] == 0xFF)
        {
            byte marker = file.Span[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(file.Span[(at + 2)..]);
            if (marker == StartOfScan || length < 2 || at + 2 + length > file.Length)
                yield break;
            yield return (marker, file.Slice(at + 4, length - 2));
            at += 2 + length;
        }
    }
}
