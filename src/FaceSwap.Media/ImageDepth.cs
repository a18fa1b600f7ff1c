using System.Buffers.Binary;

namespace FaceSwap.Media;

/// <summary>How many bits a sample has in an image file, told from the beginning of the file.</summary>
public static class ImageDepth
{
    private const int TiffBitsPerSample = 258, EntryBytes = 12, MostEntries = 4096;

    /// <summary>Whether a PNG or TIFF file has more than 8 bits a sample; false for what cannot be read.</summary>
    public static bool IsDeep(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12);
            Span<byte> head = stackalloc byte[26];
            if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
                return false;
            // A PNG's signature, then its header: width, height, bits.
            if (head[0] == 0x89 && head[1..8].SequenceEqual("PNG\r\n\x1a\n"u8))
                return head[24] > 8;
            bool little = head.StartsWith("II*\0"u8);
            return (little || head.StartsWith("MM\0*"u8)) && IsDeepTiff(file, head, little);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // The first directory's entry of bits: one number in place, or several elsewhere.
    private static bool IsDeepTiff(FileStream file, ReadOnlySpan<byte> head, bool little)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        file.Position = Number(head[4..8], little);
        file.ReadExactly(entry[..2]);
        int entries = Short(entry, little);
        for (int i = 0; i < Math.Min(entries, MostEntries); i++)
        {
            file.ReadExactly(entry);
            if (Short(entry, little) != TiffBitsPerSample)
                continue;
            if (Number(entry[4..8], little) <= 2)
                return Short(entry[8..], little) > 8;
            file.Position = Number(entry[8..12], little);
            file.ReadExactly(entry[..2]);
            return Short(entry, little) > 8;
        }
        return false;
    }

    private static int Short(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Number(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
