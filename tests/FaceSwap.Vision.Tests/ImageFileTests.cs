using System.Buffers.Binary;
using System.IO.Compression;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Vision.Tests;

public sealed unsafe class ImageFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("faceswap-image-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static PooledFrame Pattern(int width, int height)
    {
        PooledFrame frame = FramePool.Shared.Rent(width, height, PixelFormat.Bgr24);
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = frame.Plane(0).RowSpan(y);
            for (int x = 0; x < row.Length; x++)
                row[x] = (byte)((x * 7) + (y * 13) + (x / 3));
        }
        return frame;
    }

    private static void AssertSame(Frame expected, Frame actual)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        for (int y = 0; y < expected.Height; y++)
            Assert.True(expected.Plane(0).RowSpan(y).SequenceEqual(actual.Plane(0).RowSpan(y)), $"row {y} differs");
    }

    [Theory]
    [InlineData(1, 1, ".png")]
    [InlineData(17, 9, ".png")]
    [InlineData(64, 33, ".bmp")]
    [InlineData(5, 8, ".tiff")]
    public void LosslessFormatsComeBackBitExact(int width, int height, string extension)
    {
        using PooledFrame frame = Pattern(width, height);
        string path = Path.Combine(folder, "Gesicht ägypten 顔" + extension);
        ImageFile.Write(path, frame);
        using PooledFrame back = ImageFile.Read(path);
        AssertSame(frame, back);
        Assert.Equal(Path.GetFileName(path), back.Name);
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void JpegQualityMatters()
    {
        using PooledFrame frame = Pattern(64, 64);
        Assert.True(ImageFile.Encode(".jpg", frame, 95).Length > ImageFile.Encode(".jpg", frame, 20).Length);
    }

    [Fact]
    public void WritingReplacesTheOldFile()
    {
        string path = Path.Combine(folder, "a.png");
        File.WriteAllText(path, "old");
        using PooledFrame frame = Pattern(3, 4);
        ImageFile.Write(path, frame);
        using PooledFrame back = ImageFile.Read(path);
        AssertSame(frame, back);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no image, whatever its name says")]
    [InlineData("\u0089PNG\r\n\u001a\nbroken")]
    public void WhatIsNoImageIsAUserErrorNamingTheFile(string content)
    {
        string path = Path.Combine(folder, "bad.png");
        File.WriteAllBytes(path, [.. content.Select(c => (byte)c)]);
        UserErrorException error = Assert.Throws<UserErrorException>(() => ImageFile.Read(path));
        Assert.Contains("bad.png", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void TruncatedPngIsAUserError()
    {
        using PooledFrame frame = Pattern(300, 200);
        byte[] file = ImageFile.Encode(".png", frame);
        Assert.Throws<UserErrorException>(() => ImageFile.Decode(file.AsSpan(0, 20)));
    }

    [Fact]
    public void MissingFilesFoldersAndOddExtensionsAreUserErrors()
    {
        Assert.Contains("does not exist", Assert.Throws<UserErrorException>(() => ImageFile.Read(Path.Combine(folder, "none.png"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => ImageFile.Read(folder));
        using PooledFrame frame = Pattern(2, 2);
        Assert.Throws<UserErrorException>(() => ImageFile.Write(Path.Combine(folder, "a.xyz"), frame));
        Assert.Throws<UserErrorException>(() => ImageFile.Write(Path.Combine(folder, "noextension"), frame));
        Assert.Throws<UserErrorException>(() => ImageFile.Write(Path.Combine(folder, "no", "such", "folder.png"), frame));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void ExifOrientationIsApplied()
    {
        using PooledFrame frame = FramePool.Shared.Rent(64, 32, PixelFormat.Bgr24);
        for (int y = 0; y < 32; y++)
        {
            frame.Plane(0).RowSpan(y)[..96].Fill(255); // left half white
            frame.Plane(0).RowSpan(y)[96..].Clear();
        }
        byte[] jpeg = ImageFile.Encode(".jpg", frame);
        // APP1 with one IFD entry: tag 0x0112 (orientation), type SHORT, value 6: turn a quarter clockwise to view.
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        using PooledFrame back = ImageFile.Decode([.. jpeg[..2], .. exif, .. jpeg[2..]]);
        Assert.Equal((32, 64), (back.Width, back.Height));
        Assert.True(back.Plane(0).RowSpan(4)[30] > 250 && back.Plane(0).RowSpan(60)[30] < 5, "the white half is not on top");
    }

    [Fact]
    public void AlphaIsDroppedAndSixteenBitsAreReduced()
    {
        // One pixel of 16-bit RGBA: R 0x8000, G 0x40FF, B 0xFFFF, A 0.
        byte[] png = Png(1, 1, bitDepth: 16, colorType: 6, [0, 0x80, 0x00, 0x40, 0xFF, 0xFF, 0xFF, 0, 0]);
        using PooledFrame frame = ImageFile.Decode(png);
        Assert.Equal([0xFF, 0x40, 0x80], frame.Plane(0).RowSpan(0).ToArray());
    }

    private static byte[] Png(int width, int height, byte bitDepth, byte colorType, byte[] scanLines)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = bitDepth;
        header[9] = colorType;
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(scanLines);
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        uint crc = ~0u;
        foreach (byte b in chunk.AsSpan(4, 4 + data.Length))
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
        }
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), ~crc);
        return chunk;
    }
}
