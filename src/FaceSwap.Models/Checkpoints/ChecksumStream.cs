using System.Buffers.Binary;
using System.Numerics;
using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>
/// CRC-32C (Castagnoli), which processors compute with an instruction of its own: it is meant to find damage, not forgery.
/// </summary>
internal struct Checksum()
{
    private uint state = uint.MaxValue;

    /// <summary>The checksum of all bytes so far.</summary>
    public readonly uint Value => ~state;

    /// <summary>Takes more bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint crc = state;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (byte one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        state = crc;
    }

    /// <summary>The checksum of a file's first <paramref name="length"/> bytes, which must be all it has.</summary>
    /// <exception cref="InvalidDataException">The file is of another length.</exception>
    public static uint OfFile(string path, long length, byte[] buffer)
    {
        using FileStream file = RegularFile.Open(path);
        if (file.Length != length)
            throw new InvalidDataException($"{Path.GetFileName(path)} has {file.Length} bytes instead of {length}");
        Checksum checksum = new();
        for (int count = file.Read(buffer); count > 0; count = file.Read(buffer))
            checksum.Add(buffer.AsSpan(0, count));
        return checksum.Value;
    }
}

/// <summary>Passes what is written on to a file and sums it up.</summary>
internal sealed class ChecksumStream(FileStream file) : Stream
{
    private Checksum checksum = new();
    private long length;

    public uint Checksum => checksum.Value;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position
    {
        get => length;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // In pieces that the cache still holds when the second of the two reads them.
        for (ReadOnlySpan<byte> rest = buffer; !rest.IsEmpty;)
        {
            ReadOnlySpan<byte> piece = rest[..Math.Min(rest.Length, 1 << 18)];
            checksum.Add(piece);
            file.Write(piece);
            rest = rest[piece.Length..];
        }
        length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
