using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media.Metadata;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>What image files hold besides 8-bit colors comes through reading and writing, and what is damaged, too large or of other kinds is told.</summary>
public sealed class ImageKeepingTests
{
    private const string Xmp = "<x:xmpmeta xmlns:tiff=\"t\"><r tiff:Orientation=\"6\"/></x:xmpmeta>";

    // A block with the camera's maker, the orientation and a second directory (the preview), of either byte order.
    private static byte[] Exif(bool big, ushort orientation)
    {
        byte[] block = new byte[8 + 2 + 24 + 4 + 6 + 6];
        void U16(int at, ushort v) { if (big) BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at), v); else BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), v); }
        void U32(int at, uint v) { if (big) BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(at), v); else BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), v); }
        block[0] = block[1] = (byte)(big ? 'M' : 'I');
        U16(2, 42); U32(4, 8); U16(8, 2);
        U16(10, 271); U16(12, 2); U32(14, 6); U32(18, 38);
        U16(22, 0x112); U16(24, 3); U32(26, 1); U16(30, orientation);
        U32(34, 44);
        "Maker\0"u8.CopyTo(block.AsSpan(38));
        return block;
    }

    private static byte[] Profile(string space = "RGB ", int length = 300)
    {
        byte[] profile = new byte[length];
        new Random(5).NextBytes(profile);
        Encoding.ASCII.GetBytes(space).CopyTo(profile, 16);
        return profile;
    }

    private static byte[] With(string extension, Frame frame, ImageMetadata metadata)
    {
        byte[] file = metadata.InsertInto(ImageFile.Encode(extension, frame), out bool all);
        Assert.True(all);
        return file;
    }

    [Theory]
    [InlineData(".jpg", ".jpg", true)]
    [InlineData(".jpg", ".png", false)]
    [InlineData(".png", ".png", true)]
    [InlineData(".png", ".webp", false)]
    [InlineData(".webp", ".webp", true)]
    [InlineData(".webp", ".jpg", false)]
    [InlineData(".jpg", ".tif", true)]
    [InlineData(".tif", ".tif", false)]
    [InlineData(".tif", ".jpg", false)]
    public void Profile_exif_and_xmp_are_kept_upright(string from, string to, bool big)
    {
        using TempFolder folder = new();
        using PooledFrame pattern = TestClips.Pattern(1, 40, 24, PixelFormat.Bgr24);
        byte[] icc = Profile();
        File.WriteAllBytes(folder["a" + from], With(from, pattern, new ImageMetadata(icc, Exif(big, 6), Encoding.UTF8.GetBytes(Xmp))));
        using PooledFrame read = ImageFile.Read(folder["a" + from], keepFile: true);
        bool turned = from != ".tif"; // of a TIFF the block's orientation is not the file's
        Assert.Equal(turned ? (24, 40) : (40, 24), (read.Width, read.Height));
        Assert.Equal(ImageLosses.None, ImageFile.WriteLike(folder["b" + to], read));

        byte[] written = File.ReadAllBytes(folder["b" + to]);
        ImageHeader header = ImageHeader.Read(written)!;
        Assert.Equal((read.Width, read.Height, 1), ((int)header.Width, (int)header.Height, header.Orientation));
        ImageMetadata kept = ImageMetadata.Of(written, header.Kind);
        Assert.Equal(icc, kept.Icc.ToArray());
        Assert.Equal(Xmp.Replace("\"6\"", "\"1\""), Encoding.UTF8.GetString(kept.Xmp.Span));
        ReadOnlyMemory<byte> block = kept.Tiff.IsEmpty ? kept.Exif : kept.Tiff;
        TiffReader tiff = TiffReader.Open(block)!;
        List<TiffEntry> entries = tiff.Directory(tiff.First, out int next);
        Assert.Equal("Maker\0"u8.ToArray(), tiff.Value(entries.Single(e => e.Tag == 271)).ToArray());
        Assert.Equal(1, ExifBlock.Orientation(block));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(block.Span[next..]));
        using PooledFrame back = ImageFile.Read(folder["b" + to]);
        Assert.True(TestClips.Difference(read.Plane(0), back.Plane(0)) < (to is ".png" or ".tif" ? 0.001 : 12));
    }

    [Fact]
    public void Long_profiles_go_over_several_jpeg_segments_and_those_of_cmyk_stay_away()
    {
        using TempFolder folder = new();
        using PooledFrame pattern = TestClips.Pattern(1, 16, 16, PixelFormat.Bgr24);
        foreach ((byte[] icc, ImageLosses lost) in new[] { (Profile(length: 150_000), ImageLosses.None), (Profile("CMYK"), ImageLosses.Profile) })
        {
            File.WriteAllBytes(folder["a.jpg"], With(".jpg", pattern, new ImageMetadata(icc, default, default)));
            using PooledFrame read = ImageFile.Read(folder["a.jpg"], keepFile: true);
            Assert.Equal(lost, ImageFile.WriteLike(folder["b.jpg"], read));
            Assert.Equal(lost == ImageLosses.None ? icc : [], ImageMetadata.Of(File.ReadAllBytes(folder["b.jpg"]), ImageKind.Jpeg).Icc.ToArray());
        }
    }

    [Theory]
    [InlineData(0, 8, 1)]
    [InlineData(0, 16, 2)]
    [InlineData(2, 16, 6)]
    [InlineData(6, 8, 4)]
    [InlineData(6, 16, 8)]
    public void Gray_alpha_and_16_bits_of_a_png_are_kept(byte color, byte bits, int pixelBytes)
    {
        using TempFolder folder = new();
        const int width = 9, height = 7;
        byte[] samples = new byte[width * height * pixelBytes];
        new Random(color + bits).NextBytes(samples);
        File.WriteAllBytes(folder["a.png"], Png(width, height, bits, color, samples));
        using PooledFrame read = ImageFile.Read(folder["a.png"], keepFile: true);
        Assert.Equal(ImageLosses.None, ImageFile.WriteLike(folder["b.png"], read));
        byte[] written = File.ReadAllBytes(folder["b.png"]);
        ImageHeader before = ImageHeader.Read(File.ReadAllBytes(folder["a.png"]))!;
        Assert.Equal(before, ImageHeader.Read(written));

        // A changed pixel keeps its transparency, and moves by as much in 16 bits; all others are what they were to the bit.
        read.Plane(0).RowSpan(3)[..3].Fill(200);
        ImageFile.WriteLike(folder["c.png"], read);
        using PooledFrame same = ImageFile.Read(folder["b.png"]), changed = ImageFile.Read(folder["c.png"]);
        Assert.Equal(0, TestClips.Difference(ImageFile.Read(folder["a.png"]).Plane(0), same.Plane(0)));
        Assert.Equal(200, changed.Plane(0).RowSpan(3)[0]);
        if (color == 6 || bits == 16)
            Assert.Equal(Unpack(folder["a.png"], pixelBytes * width), Unpack(folder["b.png"], pixelBytes * width));
    }

    [Fact]
    public void A_gray_bitmap_stays_gray_and_one_with_colors_does_not()
    {
        using TempFolder folder = new();
        File.WriteAllBytes(folder["a.png"], Png(4, 4, 8, 0, [0, 50, 100, 255, 0, 50, 100, 255, 0, 50, 100, 255, 0, 50, 100, 255]));
        using (PooledFrame gray = ImageFile.Read(folder["a.png"], keepFile: true))
            ImageFile.WriteLike(folder["b.bmp"], gray);
        using (PooledFrame bitmap = ImageFile.Read(folder["b.bmp"], keepFile: true))
        {
            Assert.Equal([0, 0, 0, 50, 50, 50, 100, 100, 100, 255, 255, 255], bitmap.Plane(0).RowSpan(1).ToArray());
            foreach (string name in (string[])["c.bmp", "c.png", "c.tif"])
            {
                ImageFile.WriteLike(folder[name], bitmap);
                Assert.True(ImageHeader.Read(File.ReadAllBytes(folder[name]))!.IsGray, name);
            }
        }
        Assert.Equal(File.ReadAllBytes(folder["b.bmp"]), File.ReadAllBytes(folder["c.bmp"]));
        byte[] colored = File.ReadAllBytes(folder["b.bmp"]);
        colored[54] ^= 1;       // blue of the first color
        Assert.False(ImageHeader.Read(colored)!.IsGray);
        Assert.False(ImageHeader.Read(colored.AsMemory(0, 100))!.IsGray);
    }

    [Fact]
    public void What_a_format_cannot_hold_is_told_once()
    {
        using TempFolder folder = new();
        File.WriteAllBytes(folder["a.png"], Png(4, 4, 16, 6, new byte[4 * 4 * 8]));
        using ImageFolderReader reader = ImageFolderReader.Open(folder.Path, new ImageFolderOptions { KeepFiles = true });
        using ImageFolderWriter writer = ImageFolderWriter.Create(folder["out"], new ImageFolderWriterOptions { Extension = ".jpg" });
        writer.Write(reader.Read()!);
        writer.Complete();
        Assert.Equal((1, 1), (reader.WithAlpha, reader.Deep));
        Assert.Collection(writer.Warnings, w => Assert.Contains("transparency", w), w => Assert.Contains("16 bits", w));
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".webp")]
    [InlineData(".bmp")]
    [InlineData(".tif")]
    public void A_file_cut_in_half_is_told_and_not_half_grey(string extension)
    {
        using PooledFrame pattern = TestClips.Pattern(1, 64, 64, PixelFormat.Bgr24);
        byte[] file = ImageFile.Encode(extension, pattern);
        ImageFile.Decode(file).Dispose();
        Assert.Contains("cannot be read", Assert.Throws<UserErrorException>(() => ImageFile.Decode(file.AsSpan(0, file.Length / 2))).Message);
    }

    [Fact]
    public void Sizes_are_checked_before_anything_is_decoded()
    {
        byte[] png = Png(32_000, 32_000, 8, 2, []);
        Assert.Contains("32000×32000", Assert.Throws<UserErrorException>(() => ImageFile.Decode(png)).Message);
        using PooledFrame pattern = TestClips.Pattern(1, 16, 16, PixelFormat.Bgr24);
        byte[] jpeg = ImageFile.Encode(".jpg", pattern), bitmap = ImageFile.Encode(".bmp", pattern);
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt32BigEndian(jpeg.AsSpan(frame + 5), 0xFFDCFFDC);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(18), 40_000);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(22), -40_000);
        Assert.Contains("65500×65500", Assert.Throws<UserErrorException>(() => ImageFile.Decode(jpeg)).Message);
        Assert.Contains("40000×40000", Assert.Throws<UserErrorException>(() => ImageFile.Decode(bitmap)).Message);
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    public void Forged_metadata_never_throws(string extension)
    {
        using PooledFrame pattern = TestClips.Pattern(1, 16, 16, PixelFormat.Bgr24);
        byte[] file = With(extension, pattern, new ImageMetadata(Profile(), Exif(true, 3), Encoding.UTF8.GetBytes(Xmp)));
        Random random = new(7);
        for (int round = 0; round < 3000; round++)
        {
            byte[] forged = [.. file.AsSpan(0, random.Next(2, file.Length + 1))];
            for (int i = random.Next(4); i >= 0; i--)
                forged[random.Next(forged.Length)] = (byte)random.Next(256);
            if (ImageHeader.Read(forged) is not { } header)
                continue;
            ImageMetadata metadata = ImageMetadata.Of(forged, header.Kind).Upright();
            metadata.InsertInto([.. file], out _);
            JpegSegments.IsWhole(forged);
        }
    }

    [Fact]
    public void Other_kinds_and_unreadable_images_are_counted_in_one_sentence_each()
    {
        using TempFolder folder = new();
        using (PooledFrame pattern = TestClips.Pattern(1, 16, 16, PixelFormat.Bgr24))
        {
            foreach (string name in new[] { "1.png", "4.jfif", "6.jpe" })
                ImageFile.Write(folder[name], pattern);
        }
        foreach (string name in new[] { "2.heic", "3.gif", "3b.GIF", "5.png", "7.webp", "notes.txt" })
            folder.Write(name, "");
        using ImageFolderReader reader = ImageFolderReader.Open(folder.Path, new ImageFolderOptions { SkipUnreadable = true });
        List<(string, long)> read = [];
        while (reader.Read() is { } frame)
        {
            using (frame)
                read.Add((frame.Name, frame.Index));
        }
        // The place in the folder: what cannot be read moves no other image.
        Assert.Equal([("1.png", 0L), ("4.jfif", 1L), ("6.jpe", 3L)], read);
        Assert.Collection(reader.Warnings,
            w => { Assert.Contains("3 pictures", w); Assert.Contains(".gif, .heic", w); },
            w => { Assert.Contains("2 of 5 images", w); Assert.Contains("5.png", w); Assert.Contains("empty", w); });
    }

    [Fact]
    public void A_folder_of_unreadable_images_is_refused()
    {
        using TempFolder folder = new();
        folder.Write("1.png", "");
        using ImageFolderReader reader = ImageFolderReader.Open(folder.Path, new ImageFolderOptions { SkipUnreadable = true });
        Assert.Contains("1.png", Assert.Throws<UserErrorException>(() => reader.Read()).Message);
    }

    [Fact]
    public void Images_of_an_earlier_run_are_counted()
    {
        using TempFolder folder = new();
        foreach (string name in new[] { "1.png", "2.png", "3.jpg", "notes.txt" })
            folder.Write(name, "");
        using ImageFolderWriter writer = ImageFolderWriter.Create(folder.Path);
        PooledFrame frame = TestClips.Pattern(1, 16, 16, PixelFormat.Bgr24);
        frame.Name = "1.png";
        writer.Write(frame);
        Assert.Empty(writer.Warnings); // more may come
        writer.Complete();
        Assert.Contains("2 images that are not of this run (such as '2.png')", Assert.Single(writer.Warnings));
        writer.Own("2.png");
        writer.Own("3.jpg");
        Assert.Empty(writer.Warnings);
    }

    private static byte[] Png(int width, int height, byte bits, byte color, byte[] samples)
    {
        using MemoryStream packed = new(), file = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            int row = samples.Length / height;
            for (int y = 0; y < height && row > 0; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(samples, y * row, row);
            }
        }
        byte[] head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (bits, color);
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach ((string type, byte[] body) in new[] { ("IHDR", head), ("IDAT", packed.ToArray()), ("IEND", Array.Empty<byte>()) })
        {
            byte[] chunk = [.. Encoding.ASCII.GetBytes(type), .. body];
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
            file.Write(number);
            file.Write(chunk);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(chunk));
            file.Write(number);
        }
        return file.ToArray();
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }

    // A PNG's samples, its rows' filters undone.
    private static byte[] Unpack(string path, int row)
    {
        byte[] file = File.ReadAllBytes(path);
        using MemoryStream packed = new(), samples = new();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (Encoding.ASCII.GetString(file, at + 4, 4) == "IDAT")
                packed.Write(file, at + 8, length);
            at += 12 + length;
        }
        packed.Position = 0;
        using ZLibStream zlib = new(packed, CompressionMode.Decompress);
        zlib.CopyTo(samples);
        byte[] bytes = samples.ToArray();
        int step = row / 9; // bytes of a pixel
        byte[] result = new byte[bytes.Length / (row + 1) * row];
        for (int y = 0; y * (row + 1) < bytes.Length; y++)
        {
            int filter = bytes[y * (row + 1)];
            for (int x = 0; x < row; x++)
            {
                int left = x >= step ? result[(y * row) + x - step] : 0, up = y > 0 ? result[((y - 1) * row) + x] : 0, corner = x >= step && y > 0 ? result[((y - 1) * row) + x - step] : 0;
                int p = left + up - corner, pa = Math.Abs(p - left), pb = Math.Abs(p - up), pc = Math.Abs(p - corner);
                int guess = filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => pa <= pb && pa <= pc ? left : pb <= pc ? up : corner, _ => 0 };
                result[(y * row) + x] = (byte)(bytes[(y * (row + 1)) + 1 + x] + guess);
            }
        }
        return result;
    }
}
