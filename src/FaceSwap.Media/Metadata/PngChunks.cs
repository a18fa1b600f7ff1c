using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace FaceSwap.Media.Metadata;

/// <summary>The chunks of a PNG (PNG specification, third edition).</summary>
internal static class PngChunks
{
    // A profile is some kilobytes, at most a few megabytes; a chunk of zeros could unfold to any size.
    private const int LargestProfile = 16 << 20;

    private const string XmpKeyword = "XML:com.adobe.xmp";

    private static readonly uint[] Table = MakeTable();

    // What tells how the samples are to be seen, and texts.
    private static readonly HashSet<string> Kept = ["gAMA", "cHRM", "sRGB", "cICP", "mDCV", "cLLI", "pHYs", "tEXt", "zTXt", "iTXt"];

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Whether a file begins as a PNG does.</summary>
    public static bool Fits(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>Size and kind; null when the first chunk is not the header.</summary>
    public static ImageHeader? Header(ReadOnlyMemory<byte> file)
    {
        ImageHeader? header = null;
        foreach ((string type, ReadOnlyMemory<byte> body) in Chunks(file))
        {
            ReadOnlySpan<byte> bytes = body.Span;
            if (header is null)
            {
                if (type != "IHDR" || bytes.Length < 13)
                    return null;
                uint width = BinaryPrimitives.ReadUInt32BigEndian(bytes), height = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
                int color = bytes[9]; // bit 0: palette, 1: color, 2: alpha
                header = new ImageHeader(ImageKind.Png, width, height, bytes[8], IsGray: (color & 3) == 0 && (color & 4) == 0, HasAlpha: (color & 4) != 0, 1);
            }
            else if (type == "tRNS")
                header = header with { HasAlpha = true, IsGray = false };
            else if (type == "eXIf")
                header = header with { Orientation = ExifBlock.Orientation(body) };
            else if (type == "IDAT")
                break;
        }
        return header;
    }

    /// <summary>Profile, EXIF, XMP, and the chunks that another PNG can take over as they are.</summary>
    public static ImageMetadata Metadata(ReadOnlyMemory<byte> file)
    {
        ReadOnlyMemory<byte> exif = default, xmp = default;
        byte[] icc = [];
        List<(string, ReadOnlyMemory<byte>)> others = [];
        foreach ((string type, ReadOnlyMemory<byte> body) in Chunks(file))
        {
            if (type == "iCCP")
                icc = Profile(body);
            else if (type == "eXIf")
                exif = body;
            else if (type == "iTXt" && Xmp(body) is { Length: > 0 } text)
                xmp = text;
            else if (Kept.Contains(type))
                others.Add((type, body));
        }
        return new ImageMetadata(icc, exif, xmp) { PngChunks = others };
    }

    /// <summary>A file of the codec's with metadata after its header.</summary>
    public static byte[] Insert(ReadOnlySpan<byte> file, ImageMetadata metadata)
    {
        int at = Signature.Length + 12 + 13;
        using MemoryStream result = new(file.Length + metadata.Bytes);
        result.Write(file[..at]);
        if (!metadata.Icc.IsEmpty)
            Write(result, "iCCP", [.. "ICC profile\0\0"u8, .. Deflate(metadata.Icc.Span)]);
        foreach ((string type, ReadOnlyMemory<byte> body) in metadata.PngChunks)
        {
            // A profile says more than these, and they must not stand beside it.
            if (metadata.Icc.IsEmpty || type != "sRGB")
                Write(result, type, body.Span);
        }
        if (!metadata.Exif.IsEmpty)
            Write(result, "eXIf", metadata.Exif.Span);
        if (!metadata.Xmp.IsEmpty)
            Write(result, "iTXt", [.. Encoding.Latin1.GetBytes(XmpKeyword), 0, 0, 0, 0, 0, .. metadata.Xmp.Span]);
        result.Write(file[at..]);
        return result.ToArray();
    }

    private static byte[] Profile(ReadOnlyMemory<byte> body)
    {
        int name = body.Span.IndexOf((byte)0);
        if (name is < 1 or > 79 || name + 2 > body.Length || body.Span[name + 1] != 0)
            return [];
        try
        {
            using ZLibStream inflate = new(new MemoryStream(body[(name + 2)..].ToArray()), CompressionMode.Decompress);
            byte[] profile = new byte[LargestProfile + 1];
            int length = inflate.ReadAtLeast(profile, profile.Length, throwOnEndOfStream: false);
            return length > LargestProfile ? [] : profile[..length];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using MemoryStream packed = new();
        using (ZLibStream deflate = new(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(bytes);
        return packed.ToArray();
    }

    // Keyword, two bytes of compression, language and translated keyword, each ended by a zero; then the text.
    private static ReadOnlyMemory<byte> Xmp(ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> bytes = body.Span;
        if (!bytes.StartsWith("XML:com.adobe.xmp\0"u8) || bytes.Length < XmpKeyword.Length + 5 || bytes[XmpKeyword.Length + 1] != 0)
            return default;
        int at = XmpKeyword.Length + 3;
        for (int i = 0; i < 2; i++)
        {
            int end = bytes[at..].IndexOf((byte)0);
            if (end < 0)
                return default;
            at += end + 1;
        }
        return body[at..];
    }

    private static IEnumerable<(string Type, ReadOnlyMemory<byte> Body)> Chunks(ReadOnlyMemory<byte> file)
    {
        int at = Signature.Length;
        while (at + 12 <= file.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.Span[at..]);
            if (length > file.Length - at - 12)
                yield break;
            yield return (Encoding.Latin1.GetString(file.Span.Slice(at + 4, 4)), file.Slice(at + 8, (int)length));
            at += 12 + (int)length;
        }
    }

    private static void Write(MemoryStream result, string type, ReadOnlySpan<byte> body)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)body.Length);
        result.Write(number);
        byte[] name = Encoding.Latin1.GetBytes(type);
        result.Write(name);
        result.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), body));
        result.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
