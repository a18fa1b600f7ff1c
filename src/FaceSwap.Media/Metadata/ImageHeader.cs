using System.Buffers.Binary;

namespace FaceSwap.Media.Metadata;

/// <summary>The kinds of image files that are read.</summary>
public enum ImageKind
{
    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>PNG.</summary>
    Png,

    /// <summary>WebP.</summary>
    Webp,

    /// <summary>TIFF.</summary>
    Tiff,

    /// <summary>Windows' bitmap.</summary>
    Bmp,
}

/// <summary>What an image file says of itself before its pixels.</summary>
/// <param name="Kind">Its format, by its content.</param>
/// <param name="Width">Pixels in a row as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Bits">Bits a sample.</param>
/// <param name="IsGray">One channel, and no transparency.</param>
/// <param name="HasAlpha">Pixels may be transparent.</param>
/// <param name="Orientation">EXIF's number of how the pixels are turned, 1 to 8; 1 for TIFF, whose decoder turns them.</param>
public sealed record ImageHeader(ImageKind Kind, long Width, long Height, int Bits, bool IsGray, bool HasAlpha, int Orientation)
{
    /// <summary>The most pixels of an image: as many as FFmpeg takes in a frame, 805 MB in BGR.</summary>
    public const long MostPixels = 1L << 28;

    /// <summary>Whether a pixel's samples are larger than 8 bits.</summary>
    public bool IsDeep => Bits == 16;

    /// <summary>Reads a header; null when the content is of no kind that is read, or cut off within its header.</summary>
    /// <param name="file">The file, or its beginning.</param>
    public static ImageHeader? Read(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> start = file.Span;
        if (JpegSegments.Fits(start))
            return JpegSegments.Header(file);
        if (PngChunks.Fits(start))
            return PngChunks.Header(file);
        if (WebpChunks.Fits(start))
            return WebpChunks.Header(file);
        if (start.Length >= 26 && start.StartsWith("BM"u8))
            return Bitmap(start);
        return TiffReader.Open(file) is { } tiff ? Tiff(tiff) : null;
    }

    // OS/2's header has 16-bit sides and palettes of three bytes an entry; a negative height counts rows from the top.
    private static ImageHeader? Bitmap(ReadOnlySpan<byte> file)
    {
        uint head = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        (long width, long height) = head == 12
            ? (BinaryPrimitives.ReadUInt16LittleEndian(file[18..]), BinaryPrimitives.ReadUInt16LittleEndian(file[20..]))
            : (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..])));
        return width < 1 || height < 1 ? null : new ImageHeader(ImageKind.Bmp, width, height, 8, IsGrayBitmap(file, head), HasAlpha: false, 1);
    }

    // Bitmaps have no grey but that of a palette, all of whose colors are grey.
    private static bool IsGrayBitmap(ReadOnlySpan<byte> file, uint head)
    {
        bool old = head == 12;
        if (file.Length < (old ? 26 : 54))
            return false;
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[(old ? 24 : 28)..]), entry = old ? 3 : 4;
        if (bits is not (1 or 2 or 4 or 8))
            return false;
        uint used = old ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(file[46..]);
        int colors = used is 0 or > 256 ? 1 << bits : (int)used;
        long start = 14 + (long)head;
        if (start + (colors * entry) > file.Length)
            return false;
        for (ReadOnlySpan<byte> palette = file.Slice((int)start, colors * entry); !palette.IsEmpty; palette = palette[entry..])
        {
            if (palette[0] != palette[1] || palette[1] != palette[2])
                return false;
        }
        return true;
    }

    private static ImageHeader? Tiff(TiffReader tiff)
    {
        const ushort widthTag = 256, heightTag = 257, bitsTag = 258, photometricTag = 262, samplesTag = 277, extraTag = 338;
        const int white = 0, black = 1;
        List<TiffEntry> entries = tiff.Directory(tiff.First, out _);
        if (tiff.Number(entries, widthTag) is not > 0 || tiff.Number(entries, heightTag) is not > 0)
            return null;
        bool extra = entries.Exists(e => e.Tag == extraTag);
        bool gray = tiff.Number(entries, photometricTag) is white or black && (tiff.Number(entries, samplesTag) ?? 1) == 1;
        return new ImageHeader(ImageKind.Tiff, tiff.Number(entries, widthTag)!.Value, tiff.Number(entries, heightTag)!.Value, (int)(tiff.Number(entries, bitsTag) ?? 1),
            gray, extra, 1);
    }
}
