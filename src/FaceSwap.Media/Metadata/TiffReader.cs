using System.Buffers.Binary;

namespace FaceSwap.Media.Metadata;

/// <summary>One entry of a TIFF directory.</summary>
/// <param name="Tag">What it is.</param>
/// <param name="Type">Type of its values, 1..12.</param>
/// <param name="Count">Number of values.</param>
/// <param name="At">Where they lie in the block.</param>
/// <param name="Length">Their bytes.</param>
internal readonly record struct TiffEntry(ushort Tag, ushort Type, long Count, int At, int Length);

/// <summary>Reads the directories of a TIFF file or of an EXIF block (TIFF 6.0, and BigTIFF's). Nothing in it is trusted: entries that lead outside are left out.</summary>
internal sealed class TiffReader
{
    /// <summary>Tags of directories below the first one.</summary>
    public const ushort ExifTag = 0x8769, GpsTag = 0x8825;

    /// <summary>Tags of the first directory.</summary>
    public const ushort OrientationTag = 0x0112, XmpTag = 700, IccTag = 34675;

    private readonly ReadOnlyMemory<byte> block;
    private readonly bool bigEndian, wide; // wide: BigTIFF

    private TiffReader(ReadOnlyMemory<byte> block, bool bigEndian, bool wide) => (this.block, this.bigEndian, this.wide) = (block, bigEndian, wide);

    /// <summary>The numbers' byte order.</summary>
    public bool IsBigEndian => bigEndian;

    /// <summary>The block.</summary>
    public ReadOnlySpan<byte> Bytes => block.Span;

    /// <summary>Opens a block; null when it is none.</summary>
    public static TiffReader? Open(ReadOnlyMemory<byte> block)
    {
        ReadOnlySpan<byte> start = block.Span;
        if (start.Length < 8)
            return null;
        bool big = start[0] == 'M';
        if (!big && start[0] != 'I' || start[1] != start[0])
            return null;
        TiffReader reader = new(block, big, wide: false);
        return reader.U16(2) switch
        {
            42 => reader,
            43 when start.Length >= 16 && reader.U16(4) == 8 => new TiffReader(block, big, wide: true),
            _ => null,
        };
    }

    /// <summary>Bytes of a value of a type; 0 for an unknown one.</summary>
    public static int SizeOf(ushort type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 0,
    };

    /// <summary>Where the first directory lies; -1: nowhere.</summary>
    public int First => Offset(wide ? U64(8) : U32(4));

    /// <summary>The entries of a directory; none when it does not lie in the block.</summary>
    /// <param name="at">Where it begins.</param>
    /// <param name="next">Where the offset of the next directory stands; -1: nowhere.</param>
    public List<TiffEntry> Directory(int at, out int next)
    {
        List<TiffEntry> entries = [];
        next = -1;
        int head = wide ? 8 : 2, size = wide ? 20 : 12, inline = wide ? 8 : 4;
        if (at < 0 || at > Bytes.Length - head)
            return entries;
        long count = wide ? U64(at) : U16(at);
        if (count < 0 || count > (Bytes.Length - at - head) / size)
            return entries;
        for (int i = 0; i < count; i++)
        {
            int entry = at + head + (i * size);
            ushort tag = U16(entry), type = U16(entry + 2);
            long values = wide ? U64(entry + 4) : U32(entry + 4);
            int unit = SizeOf(type);
            if (unit == 0 || values < 0 || values > Bytes.Length / unit)
                continue;
            int length = (int)values * unit, place = entry + size - inline;
            int start = length <= inline ? place : Offset(wide ? U64(place) : U32(place));
            if (start >= 0 && start <= Bytes.Length - length)
                entries.Add(new TiffEntry(tag, type, values, start, length));
        }
        int end = at + head + ((int)count * size);
        next = end <= Bytes.Length - inline ? end : -1;
        return entries;
    }

    /// <summary>The entries of the directory that an entry of another one names.</summary>
    public List<TiffEntry> Below(IEnumerable<TiffEntry> entries, ushort tag)
    {
        foreach (TiffEntry entry in entries)
        {
            if (entry.Tag == tag && Number(entry) is { } at)
                return Directory(Offset(at), out _);
        }
        return [];
    }

    /// <summary>A whole number of an entry; null when it has none there.</summary>
    public long? Number(TiffEntry entry, int index = 0)
    {
        int at = entry.At + (index * SizeOf(entry.Type));
        if (index >= entry.Count)
            return null;
        return entry.Type switch
        {
            1 or 7 => Bytes[at],
            3 => U16(at),
            4 or 13 => U32(at),
            16 or 18 => U64(at),
            _ => null,
        };
    }

    /// <summary>The first number of the first entry with a tag; null when there is none.</summary>
    public long? Number(IEnumerable<TiffEntry> entries, ushort tag)
    {
        foreach (TiffEntry entry in entries)
        {
            if (entry.Tag == tag)
                return Number(entry);
        }
        return null;
    }

    /// <summary>An entry's bytes.</summary>
    public ReadOnlySpan<byte> Value(TiffEntry entry) => Bytes.Slice(entry.At, entry.Length);

    private int Offset(long at) => at > 0 && at < Bytes.Length ? (int)at : -1;

    private ushort U16(int at) => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(Bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(Bytes[at..]);

    private uint U32(int at) => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(Bytes[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(Bytes[at..]);

    private long U64(int at) => bigEndian ? BinaryPrimitives.ReadInt64BigEndian(Bytes[at..]) : BinaryPrimitives.ReadInt64LittleEndian(Bytes[at..]);
}
