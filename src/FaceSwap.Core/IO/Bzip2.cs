using System.Buffers.Binary;

namespace FaceSwap.Core;

/// <summary>
/// Decompresses bzip2 (Seward, 1996): blocks of at most 900 kB, each Huffman-coded, move-to-front and run-length coded, and Burrows–Wheeler
/// transformed, with a checksum for each block and for the whole.
/// </summary>
public static class Bzip2
{
    private const long BlockMagic = 0x314159265359, EndMagic = 0x177245385090;
    private const int MostSelectors = 18_002, GroupLength = 50, MostCodeLength = 20, MostSymbols = 258;

    /// <summary>Whether bytes start as a bzip2 file does.</summary>
    public static bool IsCompressed(ReadOnlySpan<byte> data) => data.Length >= 4 && data[..3].SequenceEqual("BZh"u8) && data[3] is >= (byte)'1' and <= (byte)'9';

    /// <summary>Decompresses a whole file; several streams one after another count as one.</summary>
    /// <param name="data">The compressed bytes.</param>
    /// <param name="most">Most bytes that may come out, so that a damaged or malicious file cannot fill the memory.</param>
    /// <exception cref="InvalidDataException">The data are damaged, cut off, of another kind, or longer than <paramref name="most"/>.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> data, int most)
    {
        MemoryStream output = new();
        var bits = new BitReader(data);
        do
        {
            if (!IsCompressed(bits.Rest))
                throw new InvalidDataException("it is not in bzip2's format");
            bits.Skip(3);
            Stream(ref bits, (bits.Read(8) - '0') * 100_000, output, most);
            bits.Align();
        }
        while (!bits.Rest.IsEmpty);
        return output.ToArray();
    }

    private static void Stream(ref BitReader bits, int blockSize, MemoryStream output, int most)
    {
        uint combined = 0;
        var block = new Block(blockSize);
        while (true)
        {
            long magic = ((long)bits.Read(24) << 24) | (uint)bits.Read(24);
            uint checksum = ((uint)bits.Read(16) << 16) | (uint)bits.Read(16);
            if (magic == EndMagic)
            {
                if (checksum != combined)
                    throw new InvalidDataException("its checksum is wrong");
                return;
            }
            if (magic != BlockMagic)
                throw new InvalidDataException("a block does not start where it should");
            block.Read(ref bits);
            if (block.Write(output, most) != checksum)
                throw new InvalidDataException("a block's checksum is wrong");
            combined = ((combined << 1) | (combined >> 31)) ^ checksum;
        }
    }

    // One block: its last column and the order in which its rows follow one another.
    private sealed class Block(int size)
    {
        private readonly uint[] next = new uint[size]; // low byte: the last column; above: the row that follows
        private readonly byte[] selectors = new byte[MostSelectors];
        private int count, origin;

        public void Read(ref BitReader bits)
        {
            if (bits.Read(1) != 0)
                throw new InvalidDataException("it was made by a version before 0.9.5, which is not supported");
            origin = bits.Read(24);
            Span<byte> symbols = stackalloc byte[256];
            int used = Symbols(ref bits, symbols);
            HuffmanTable[] tables = Tables(ref bits, used + 2);
            Decode(ref bits, tables, symbols, used + 1);
            if (origin >= count)
                throw new InvalidDataException("a block's start lies outside it");
            // Counting sort: row i of the first column came from the i-th smallest of the last.
            Span<int> starts = stackalloc int[257];
            for (int i = 0; i < count; i++)
                starts[(int)(next[i] & 0xff) + 1]++;
            for (int i = 1; i <= 256; i++)
                starts[i] += starts[i - 1];
            for (int i = 0; i < count; i++)
                next[starts[(int)(next[i] & 0xff)]++] |= (uint)i << 8;
        }

        // Undoes the transform and the first run-length code: four equal bytes are followed by a count of more.
        public uint Write(MemoryStream output, int most)
        {
            uint checksum = uint.MaxValue, position = next[origin] >> 8;
            int run = 0, last = -1;
            for (int i = 0; i < count; i++)
            {
                uint entry = next[position];
                byte value = (byte)entry;
                position = entry >> 8;
                int times = 1;
                if (run == 4)
                    (times, run) = (value, 0);
                else if (value == last)
                    run++;
                else
                    (last, run) = (value, 1);
                byte written = run == 0 ? (byte)last : value;
                if (run == 0)
                    last = -1;
                if (output.Length + times > most)
                    throw new InvalidDataException($"it holds more than {most} bytes");
                for (int n = 0; n < times; n++)
                {
                    output.WriteByte(written);
                    checksum = (checksum << 8) ^ Crc[(int)((checksum >> 24) ^ written)];
                }
            }
            return ~checksum;
        }

        private static int Symbols(ref BitReader bits, scoped Span<byte> symbols)
        {
            int groups = bits.Read(16), used = 0;
            for (int g = 0; g < 16; g++)
            {
                if ((groups & (0x8000 >> g)) == 0)
                    continue;
                int members = bits.Read(16);
                for (int m = 0; m < 16; m++)
                {
                    if ((members & (0x8000 >> m)) != 0)
                        symbols[used++] = (byte)((g * 16) + m);
                }
            }
            return used > 0 ? used : throw new InvalidDataException("a block uses no symbol");
        }

        private HuffmanTable[] Tables(ref BitReader bits, int alphabet)
        {
            int tables = bits.Read(3), selectorCount = bits.Read(15);
            if (tables is < 2 or > 6 || selectorCount < 1)
                throw new InvalidDataException("a block's code tables are impossible");
            Span<byte> order = [0, 1, 2, 3, 4, 5];
            for (int i = 0; i < selectorCount; i++)
            {
                int index = 0;
                while (bits.Read(1) != 0)
                {
                    if (++index >= tables)
                        throw new InvalidDataException("a block names a code table that it lacks");
                }
                byte chosen = order[index];
                order[..index].CopyTo(order[1..]);
                order[0] = chosen;
                // More than can be used are allowed and ignored.
                if (i < MostSelectors)
                    selectors[i] = chosen;
            }
            selectors.AsSpan(Math.Min(selectorCount, MostSelectors)).Fill(byte.MaxValue);
            var made = new HuffmanTable[tables];
            Span<byte> lengths = stackalloc byte[MostSymbols];
            for (int t = 0; t < tables; t++)
            {
                int length = bits.Read(5);
                for (int s = 0; s < alphabet; s++)
                {
                    while (true)
                    {
                        if (length is < 1 or > MostCodeLength)
                            throw new InvalidDataException("a code has an impossible length");
                        if (bits.Read(1) == 0)
                            break;
                        length += bits.Read(1) == 0 ? 1 : -1;
                    }
                    lengths[s] = (byte)length;
                }
                made[t] = new HuffmanTable(lengths[..alphabet]);
            }
            return made;
        }

        // Huffman codes to places in the move-to-front list to bytes; runs of the first place are numbers in base 2 with digits 1 and 2.
        private void Decode(ref BitReader bits, HuffmanTable[] tables, scoped Span<byte> front, int endOfBlock)
        {
            count = 0;
            int group = -1, left = 0, run = 0, digit = 1;
            while (true)
            {
                if (left-- == 0)
                {
                    left = GroupLength - 1;
                    if (++group >= MostSelectors || selectors[group] >= tables.Length)
                        throw new InvalidDataException("a block is longer than its list of code tables");
                }
                int symbol = tables[selectors[group]].Read(ref bits);
                if (symbol <= 1)
                {
                    if (digit > size)
                        throw new InvalidDataException("a run is longer than a block");
                    run += digit << symbol;
                    digit <<= 1;
                    continue;
                }
                if (run > 0)
                {
                    if (run > size - count)
                        throw new InvalidDataException("a block is longer than its size");
                    next.AsSpan(count, run).Fill(front[0]);
                    count += run;
                    (run, digit) = (0, 1);
                }
                if (symbol == endOfBlock)
                    return;
                if (count == size)
                    throw new InvalidDataException("a block is longer than its size");
                byte value = front[symbol - 1];
                front[..(symbol - 1)].CopyTo(front[1..]);
                front[0] = value;
                next[count++] = value;
            }
        }
    }

    private sealed class HuffmanTable
    {
        private readonly int[] limit = new int[MostCodeLength + 1], offset = new int[MostCodeLength + 1];
        private readonly short[] sorted;

        public HuffmanTable(ReadOnlySpan<byte> lengths)
        {
            sorted = new short[lengths.Length];
            int code = 0, index = 0;
            for (int length = 1; length <= MostCodeLength; length++)
            {
                offset[length] = index - code;
                for (int s = 0; s < lengths.Length; s++)
                {
                    if (lengths[s] != length)
                        continue;
                    sorted[index++] = (short)s;
                    code++;
                }
                limit[length] = code; // codes of this length are below
                code <<= 1;
            }
        }

        public int Read(ref BitReader bits)
        {
            int code = 0;
            for (int length = 1; length <= MostCodeLength; length++)
            {
                code = (code << 1) | bits.Read(1);
                int index = code + offset[length];
                if (code < limit[length] && (uint)index < (uint)sorted.Length)
                    return sorted[index];
            }
            throw new InvalidDataException("a code is in no table");
        }
    }

    private ref struct BitReader(ReadOnlySpan<byte> data)
    {
        private readonly ReadOnlySpan<byte> data = data;
        private int at;
        private ulong held; // the last `ready` bits
        private int ready;

        public readonly ReadOnlySpan<byte> Rest => data[(at - (ready / 8))..];

        public int Read(int count)
        {
            while (ready < count)
            {
                if (at == data.Length)
                    throw new InvalidDataException("it is cut off");
                if (at + 4 <= data.Length && ready <= 32)
                {
                    held = (held << 32) | BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
                    (at, ready) = (at + 4, ready + 32);
                    continue;
                }
                held = (held << 8) | data[at++];
                ready += 8;
            }
            ready -= count;
            return (int)((held >> ready) & ((1UL << count) - 1));
        }

        public void Skip(int bytes)
        {
            for (int i = 0; i < bytes; i++)
                Read(8);
        }

        public void Align() => ready -= ready % 8;
    }

    private static readonly uint[] Crc = MakeCrc();

    private static uint[] MakeCrc()
    {
        const uint polynomial = 0x04c11db7;
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i << 24;
            for (int bit = 0; bit < 8; bit++)
                value = (value << 1) ^ ((value & 0x80000000) != 0 ? polynomial : 0);
            table[i] = value;
        }
        return table;
    }
}
