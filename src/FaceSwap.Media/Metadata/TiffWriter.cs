using System.Buffers.Binary;

namespace FaceSwap.Media.Metadata;

/// <summary>A TIFF directory's entry with its values, little-endian.</summary>
internal sealed record TiffValue(ushort Tag, ushort Type, uint Count, byte[] Bytes)
{
    /// <summary>Takes an entry out of a block, in little-endian order.</summary>
    public static TiffValue Of(TiffReader reader, TiffEntry entry)
    {
        byte[] bytes = reader.Value(entry).ToArray();
        int unit = entry.Type is 5 or 10 ? 4 : TiffReader.SizeOf(entry.Type); // a fraction is two numbers
        if (reader.IsBigEndian && unit > 1)
        {
            for (int i = 0; i + unit <= bytes.Length; i += unit)
                Array.Reverse(bytes, i, unit);
        }
        return new TiffValue(entry.Tag, entry.Type, (uint)entry.Count, bytes);
    }
}

/// <summary>Writes little-endian TIFF directories: a whole EXIF block, or more entries into the first directory of a TIFF file of the codec's.</summary>
internal static class TiffWriter
{
    private const int EntryBytes = 12;

    /// <summary>An EXIF block; empty when there is nothing to say.</summary>
    public static byte[] Block(IReadOnlyList<TiffValue> first, IReadOnlyList<TiffValue> exif, IReadOnlyList<TiffValue> gps)
    {
        if (first.Count + exif.Count + gps.Count == 0)
            return [];
        using MemoryStream block = new();
        block.Write([(byte)'I', (byte)'I', 42, 0, 0, 0, 0, 0]);
        Finish(block, first, exif, gps, []);
        return block.ToArray();
    }

    /// <summary>A TIFF file with more entries in its first directory; as it was when it is no little-endian TIFF file.</summary>
    public static byte[] Extend(byte[] file, IReadOnlyList<TiffValue> first, IReadOnlyList<TiffValue> exif, IReadOnlyList<TiffValue> gps)
    {
        if (first.Count + exif.Count + gps.Count == 0 || TiffReader.Open(file) is not { IsBigEndian: false } reader || file[2] != 42)
            return file;
        List<TiffEntry> present = reader.Directory(reader.First, out _);
        using MemoryStream block = new();
        block.Write(file);
        Finish(block, first, exif, gps, [.. present.Select(e => TiffValue.Of(reader, e))]);
        return block.ToArray();
    }

    // Values that the file has already win over those that are added: they describe its pixels.
    private static void Finish(MemoryStream block, IReadOnlyList<TiffValue> first, IReadOnlyList<TiffValue> exif, IReadOnlyList<TiffValue> gps, IReadOnlyList<TiffValue> present)
    {
        List<TiffValue> all = [.. present, .. first.Where(v => present.All(p => p.Tag != v.Tag))];
        if (exif.Count > 0)
            all.Add(Pointer(TiffReader.ExifTag, Directory(block, exif)));
        if (gps.Count > 0)
            all.Add(Pointer(TiffReader.GpsTag, Directory(block, gps)));
        int at = Directory(block, all);
        block.Position = 4;
        block.Write(U32((uint)at));
    }

    private static TiffValue Pointer(ushort tag, int at) => new(tag, 4, 1, U32((uint)at));

    // Returns where it begins.
    private static int Directory(MemoryStream block, IReadOnlyList<TiffValue> values)
    {
        block.Position = block.Length;
        TiffValue[] sorted = [.. values.GroupBy(v => v.Tag).Select(g => g.First()).OrderBy(v => v.Tag)];
        byte[] entries = new byte[2 + (sorted.Length * EntryBytes) + 4];
        BinaryPrimitives.WriteUInt16LittleEndian(entries, (ushort)sorted.Length);
        for (int i = 0; i < sorted.Length; i++)
        {
            TiffValue value = sorted[i];
            Span<byte> entry = entries.AsSpan(2 + (i * EntryBytes), EntryBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, value.Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], value.Type);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], value.Count);
            if (value.Bytes.Length <= 4)
                value.Bytes.CopyTo(entry[8..]);
            else
            {
                Align(block);
                BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], (uint)block.Position);
                block.Write(value.Bytes);
            }
        }
        Align(block);
        int at = (int)block.Position;
        block.Write(entries);
        return at;
    }

    // Directories and values begin at even places.
    private static void Align(MemoryStream block)
    {
        if (block.Position % 2 != 0)
            block.WriteByte(0);
    }

    private static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
