using System.Buffers.Binary;

namespace FaceSwap.Media.Metadata;

/// <summary>The EXIF block of an image file, without any format's wrapping.</summary>
internal static class ExifBlock
{
    // What describes the picture and not how its pixels are stored: resolution, texts of cameras and people, Windows' texts and rating.
    private static readonly HashSet<ushort> Descriptive =
        [270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 33432, 0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F];

    // Offsets of their own, which do not survive being moved.
    private const ushort InteroperabilityTag = 0xA005;

    /// <summary>How the pixels are turned, 1 to 8; 1 when nothing usable is said.</summary>
    public static int Orientation(ReadOnlyMemory<byte> block) => TiffReader.Open(block) is { } reader
        && reader.Number(reader.Directory(reader.First, out _), TiffReader.OrientationTag) is >= 1 and <= 8 and long value ? (int)value : 1;

    /// <summary>A copy for pixels that are upright: the orientation is 1, and the embedded preview, which shows the picture as it was, is cut off.</summary>
    public static byte[] Upright(ReadOnlyMemory<byte> block)
    {
        byte[] copy = block.ToArray();
        if (TiffReader.Open(copy) is not { } reader)
            return [];
        foreach (TiffEntry entry in reader.Directory(reader.First, out _))
        {
            if (entry.Tag == TiffReader.OrientationTag && entry.Type == 3 && entry.Count == 1)
                Write16(copy.AsSpan(entry.At), 1, reader.IsBigEndian);
        }
        reader.Directory(reader.First, out int next);
        if (next >= 0)
            copy.AsSpan(next, 4).Clear();
        return copy;
    }

    /// <summary>What of a block goes into a directory of another file: of the first directory the descriptive entries, the EXIF and the GPS directory.</summary>
    public static (TiffValue[] First, TiffValue[] Exif, TiffValue[] Gps) Parts(ReadOnlyMemory<byte> block)
    {
        if (TiffReader.Open(block) is not { } reader)
            return ([], [], []);
        List<TiffEntry> first = reader.Directory(reader.First, out _);
        TiffValue[] Take(IEnumerable<TiffEntry> entries) => [.. entries.Select(e => TiffValue.Of(reader, e))];
        return (Take(first.Where(e => Descriptive.Contains(e.Tag))), Take(reader.Below(first, TiffReader.ExifTag).Where(e => e.Tag != InteroperabilityTag)),
            Take(reader.Below(first, TiffReader.GpsTag)));
    }

    private static void Write16(Span<byte> at, ushort value, bool bigEndian)
    {
        if (bigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(at, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(at, value);
    }
}
