using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Media.Tests;

/// <summary>Makes small videos and sounds with the product's own writer, so that tests need no other program.</summary>
internal static unsafe class TestClips
{
    /// <summary>A moving pattern: a gradient with a bright square whose place tells the frame number.</summary>
    public static PooledFrame Pattern(int number, int width, int height, PixelFormat format = PixelFormat.Yuv420P)
    {
        PooledFrame frame = FramePool.Shared.Rent(width, height, format);
        for (int p = 0; p < frame.PlaneCount; p++)
        {
            PlaneView plane = frame.Plane(p);
            for (int y = 0; y < plane.Height; y++)
            {
                Span<byte> row = plane.RowSpan(y);
                if (format.SampleBytes > 1)
                {
                    FillDeep(row, format.Depth, p, y, number);
                    continue;
                }
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(40 + (((x * (p + 1)) + (y * 2) + (number * 3)) % 160));
            }
        }
        frame.Pts = number;
        frame.Duration = 1;
        if (format.SampleBytes > 1)
            return frame;
        int side = Math.Min(16, Math.Min(width, height) / 2);
        int left = number * 5 % Math.Max(1, width - side);
        for (int y = 0; y < side; y++)
            frame.Plane(0).RowSpan(y).Slice(left, side).Fill(230);
        return frame;
    }

    // The same pattern with bits below those of 8.
    private static void FillDeep(Span<byte> row, int depth, int plane, int y, int number)
    {
        Span<ushort> samples = MemoryMarshal.Cast<byte, ushort>(row);
        int excess = depth - 8;
        for (int x = 0; x < samples.Length; x++)
            samples[x] = (ushort)(((40 + (((x * (plane + 1)) + (y * 2) + (number * 3)) % 160)) << excess) | (((x * 3) + (y * 5)) & ((1 << excess) - 1)));
    }

    /// <summary>Options for a test video: fast, 25 frames a second.</summary>
    public static VideoWriterOptions Options() => new()
    {
        TimeBase = new Rational(1, 25),
        FrameRate = new Rational(25, 1),
        Preset = "ultrafast",
        Crf = 20,
    };

    /// <summary>Writes a video of the pattern.</summary>
    public static string Write(string path, int frames, int width = 160, int height = 120, VideoWriterOptions? options = null,
        PixelFormat format = PixelFormat.Yuv420P, Func<int, long>? time = null, Action<Frame>? change = null)
    {
        using VideoWriter writer = VideoWriter.Create(path, options ?? Options());
        for (int i = 0; i < frames; i++)
        {
            PooledFrame frame = Pattern(i, width, height, format);
            if (time is not null)
                (frame.Pts, frame.Duration) = (time(i), time(i + 1) - time(i));
            change?.Invoke(frame);
            writer.Write(frame);
        }
        writer.Complete();
        return path;
    }

    /// <summary>Writes a tone as a WAV file: 16 bits, one channel, 8 kHz.</summary>
    public static string WriteTone(string path, double seconds, double hertz = 440)
    {
        const int rate = 8000;
        int samples = (int)(seconds * rate), bytes = samples * 2;
        byte[] file = new byte[44 + bytes];
        Encoding.ASCII.GetBytes("RIFF", file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), 36 + bytes);
        Encoding.ASCII.GetBytes("WAVEfmt ", file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), rate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data", file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), bytes);
        // Rises by 2 Hz a second, so that no packet is like another, whatever its length.
        for (int i = 0; i < samples; i++)
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + (2 * i)), (short)(12000 * Math.Sin(2 * Math.PI * (hertz + ((double)i / rate)) * i / rate)));
        File.WriteAllBytes(path, file);
        return path;
    }

    /// <summary>Writes silent MP3 frames, each of 1152 samples at 44.1 kHz.</summary>
    public static string WriteMp3(string path, int frames)
    {
        byte[] frame = new byte[417];
        (frame[0], frame[1], frame[2], frame[3]) = (0xFF, 0xFB, 0x90, 0xC0);
        using FileStream file = File.Create(path);
        for (int i = 0; i < frames; i++)
            file.Write(frame);
        return path;
    }

    /// <summary>Writes silence with clicks of 2 ms as a WAV file: 16 bits, 48 kHz, the same in all channels.</summary>
    public static string WriteClicks(string path, int channels, double seconds, params double[] clicks)
    {
        const int rate = 48000;
        int samples = (int)(seconds * rate), bytes = samples * 2 * channels;
        byte[] file = new byte[44 + bytes];
        Encoding.ASCII.GetBytes("RIFF", file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), 36 + bytes);
        Encoding.ASCII.GetBytes("WAVEfmt ", file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), rate * 2 * channels);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), (short)(2 * channels));
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data", file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), bytes);
        foreach (double click in clicks)
        {
            for (int i = 0; i < rate / 500 * channels; i++)
            {
                short value = (short)(i / channels / 4 % 2 == 0 ? 28000 : -28000);
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + (2 * (((int)Math.Round(click * rate) * channels) + i))), value);
            }
        }
        File.WriteAllBytes(path, file);
        return path;
    }

    /// <summary>Writes a silent MP3 of 40 frames with a PNG as its cover, and returns the PNG's bytes.</summary>
    public static byte[] WriteMp3WithCover(string path)
    {
        using PooledFrame picture = Pattern(0, 16, 16, PixelFormat.Bgr24);
        byte[] png = ImageFile.Encode(".png", picture);
        // ID3v2.3: header, then an APIC frame: encoding, MIME type, kind 3 (front cover), empty description, data.
        byte[] body = [0, .. "image/png\0"u8, 3, 0, .. png];
        int size = body.Length + 10;
        using FileStream file = File.Create(path);
        file.Write([.. "ID3"u8, 3, 0, 0, (byte)(size >> 21 & 127), (byte)(size >> 14 & 127), (byte)(size >> 7 & 127), (byte)(size & 127)]);
        file.Write([.. "APIC"u8, 0, 0, (byte)(body.Length >> 8), (byte)body.Length, 0, 0, .. body]);
        // MPEG-1 layer 3, 128 kbit/s, 44.1 kHz, one channel: side information and data of zeros decode as silence.
        byte[] frame = new byte[417];
        (frame[0], frame[1], frame[2], frame[3]) = (0xFF, 0xFB, 0x90, 0xC0);
        for (int i = 0; i < 40; i++)
            file.Write(frame);
        return png;
    }

    /// <summary>Writes a matrix into the track header of an mp4 with one track: the rotation that a phone stores.</summary>
    public static void SetRotation(string mp4, int clockwiseDegrees)
    {
        byte[] file = File.ReadAllBytes(mp4);
        int header = file.AsSpan().IndexOf("tkhd"u8);
        Assert.True(header > 0 && file[header + 4] == 0, "a version 0 track header is expected");
        (int a, int b, int c, int d) = clockwiseDegrees switch
        {
            90 => (0, 1, -1, 0),
            180 => (-1, 0, 0, -1),
            270 => (0, -1, 1, 0),
            _ => (1, 0, 0, 1),
        };
        // version and flags 4, times and id 20, reserved 8, layer, group, volume, reserved 8; then a, b, u, c, d, v, x, y, w.
        Span<byte> matrix = file.AsSpan(header + 4 + 4 + 20 + 8 + 8, 36);
        int[] values = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30];
        for (int i = 0; i < 9; i++)
            BinaryPrimitives.WriteInt32BigEndian(matrix[(4 * i)..], values[i]);
        File.WriteAllBytes(mp4, file);
    }

    /// <summary>Reads all frames, giving each to an action, and returns how many there were.</summary>
    public static int ReadAll(VideoReader reader, Action<Frame>? each = null)
    {
        int count = 0;
        while (reader.Read() is { } frame)
        {
            using (frame)
                each?.Invoke(frame);
            count++;
        }
        return count;
    }

    /// <summary>A checksum of all planes of a frame.</summary>
    public static ulong Sum(Frame frame)
    {
        ulong hash = 14695981039346656037;
        for (int p = 0; p < frame.PlaneCount; p++)
        {
            PlaneView plane = frame.Plane(p);
            for (int y = 0; y < plane.Height; y++)
            {
                foreach (byte sample in plane.RowSpan(y))
                    hash = (hash ^ sample) * 1099511628211;
            }
        }
        return hash;
    }

    /// <summary>Mean absolute difference of two planes of one size.</summary>
    public static double Difference(PlaneView a, PlaneView b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        long sum = 0;
        for (int y = 0; y < a.Height; y++)
        {
            Span<byte> left = a.RowSpan(y), right = b.RowSpan(y);
            for (int x = 0; x < left.Length; x++)
                sum += Math.Abs(left[x] - right[x]);
        }
        return (double)sum / (a.Width * a.PixelStride * a.Height);
    }
}
