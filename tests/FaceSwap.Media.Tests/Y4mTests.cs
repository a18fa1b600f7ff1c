using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Media.Tests;

/// <summary>yuv4mpeg in and out: what ffmpeg writes is read, what is written comes back, and anything else is refused in a sentence.</summary>
public sealed class Y4mTests
{
    [Theory]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG", PixelFormat.Yuv420P)]
    [InlineData("YUV4MPEG2 W640 H480 F25:1", PixelFormat.Yuv420P)]
    [InlineData("YUV4MPEG2 C420mpeg2 W640 H480 F25:1", PixelFormat.Yuv420P)]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 C422", PixelFormat.Yuv422P)]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 C444", PixelFormat.Yuv444P)]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 Cmono", PixelFormat.Gray8)]
    public void Headers_are_read(string line, PixelFormat format)
    {
        Y4mHeader header = Y4mHeader.Parse(line);
        Assert.Equal((640, 480, new Rational(25, 1), format), (header.Width, header.Height, header.FrameRate, header.Format));
    }

    // FFmpeg's names: 'ffmpeg -strict -1 -pix_fmt yuv420p10le -f yuv4mpegpipe' and so on.
    [Theory]
    [InlineData("420p10 XYSCSS=420P10", PixelFormat.Yuv420P, 10, false)]
    [InlineData("422p10", PixelFormat.Yuv422P, 10, false)]
    [InlineData("444p12", PixelFormat.Yuv444P, 12, false)]
    [InlineData("420p9", PixelFormat.Yuv420P, 9, false)]
    [InlineData("422p14", PixelFormat.Yuv422P, 14, false)]
    [InlineData("444p16", PixelFormat.Yuv444P, 16, false)]
    [InlineData("mono12", PixelFormat.Gray8, 12, false)]
    [InlineData("444alpha", PixelFormat.Yuv444P, 8, true)]
    public void Deep_and_transparent_streams_pass_to_the_bit(string color, PixelFormat layout, int depth, bool alpha)
    {
        PixelFormat format = alpha ? layout.WithDepth(depth).WithAlpha() : layout.WithDepth(depth);
        using PooledFrame picture = TestClips.Pattern(3, 33, 17, format);
        byte[] samples = Samples(picture), first = Encoding.ASCII.GetBytes($"YUV4MPEG2 W33 H17 F25:1 C{color}\nFRAME\n");
        using Y4mReader reader = new(new Trickle([.. first, .. samples]));
        Assert.Equal(format, reader.Header.Format);
        using MemoryStream stream = new();
        Y4mWriter writer = new(stream, reader.Header);
        writer.Write(reader.Read()!);
        Assert.Null(reader.Read());
        Assert.Equal(samples, stream.ToArray()[^samples.Length..]);
        Assert.Contains($" C{color.Split(' ')[0]}", Encoding.ASCII.GetString(stream.ToArray()[..60]));
        // A header of our own has the same name.
        Assert.EndsWith($" C{color.Split(' ')[0]}", new Y4mHeader(33, 17, new Rational(25, 1), format).ToString());
    }

    [Theory]
    [InlineData("It")]
    [InlineData("Ib")]
    [InlineData("Ip")]
    public void The_order_of_fields_is_kept(string tag)
    {
        Y4mHeader header = Y4mHeader.Parse($"YUV4MPEG2 W4 H4 F25:1 {tag} A64:45 C420jpeg");
        Assert.Contains($" {tag} A64:45", header.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_of_a_mixed_stream_keep_what_they_say_of_their_fields()
    {
        byte[] samples = new byte[4 * 4 * 3 / 2];
        byte[] stream = [.. "YUV4MPEG2 W4 H4 F25:1 Im A1:1 C420jpeg\n"u8, .. "FRAME Itip\n"u8, .. samples, .. "FRAME I1pp\n"u8, .. samples, .. "FRAME\n"u8, .. samples];
        using Y4mReader reader = new(new MemoryStream(stream));
        using MemoryStream written = new();
        using (Y4mWriter writer = new(written, reader.Header))
        {
            while (reader.Read() is { } frame)
                writer.Write(frame, reader.TakeFrameTags());
            writer.Complete();
            string text = System.Text.Encoding.Latin1.GetString(written.ToArray());
            Assert.Equal(["FRAME Itip", "FRAME I1pp", "FRAME"], text.Split('\n').Select(l => l.TrimStart('\0')).Where(l => l.StartsWith("FRAME", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Tags_that_mean_nothing_here_are_kept()
    {
        const string line = "YUV4MPEG2 W640 H480 F30000:1001 C420mpeg2 It A10:11 XCOLORRANGE=FULL";
        Y4mHeader header = Y4mHeader.Parse(line);
        Assert.Equal(ColorRange.Full, header.Range);
        Assert.Equal(line, header.ToString());
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("RIFFxxxxAVI LIST\n", "no yuv4mpeg")]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 C411\n", "411")]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 C420p11\n", "420p11")]
    [InlineData("YUV4MPEG2 W640 H480 F25:1 C420p999999999999\n", "420p9")]
    [InlineData("YUV4MPEG2 W640 F25:1\n", "width and height")]
    [InlineData("YUV4MPEG2 W-3 H480\n", "width")]
    [InlineData("YUV4MPEG2 W4 H999999999999\n", "height")]
    [InlineData("YUV4MPEG2 W4 H4 Fx\n", "frame rate")]
    [InlineData("YUV4MPEG2 W4 H4", "ended within a line")]
    public void What_is_no_stream_is_refused(string text, string words)
    {
        UserErrorException e = Assert.Throws<UserErrorException>(() => new Y4mReader(Bytes(text)));
        Assert.Contains(words, e.Message);
    }

    [Theory]
    [InlineData("FRAME\n0123", "within frame 1")]
    [InlineData("FRAME\n0123456789abcdefUUUUVVVVgarbage", "frame 2 should begin")]
    [InlineData("FRAMES\n", "frame 1 should begin")]
    public void A_damaged_stream_is_refused_where_it_is_damaged(string text, string words)
    {
        using Y4mReader reader = new(Bytes("YUV4MPEG2 W4 H4 F25:1\n" + text));
        UserErrorException e = Assert.Throws<UserErrorException>(() =>
        {
            while (reader.Read() is { } frame)
                frame.Dispose();
        });
        Assert.Contains(words, e.Message);
    }

    [Theory]
    [InlineData(PixelFormat.Yuv420P, 33, 17)]
    [InlineData(PixelFormat.Yuv422P, 32, 18)]
    [InlineData(PixelFormat.Yuv444P, 5, 3)]
    [InlineData(PixelFormat.Gray8, 7, 9)]
    public void Frames_come_back_to_the_bit(PixelFormat format, int width, int height)
    {
        Random random = new(1);
        List<byte[]> written = [];
        using MemoryStream stream = new();
        Y4mWriter writer = new(stream, new Y4mHeader(width, height, new Rational(24, 1), format));
        for (int i = 0; i < 3; i++)
        {
            PooledFrame frame = FramePool.Shared.Rent(width, height, format);
            for (int p = 0; p < frame.PlaneCount; p++)
            {
                for (int y = 0; y < frame.Plane(p).Height; y++)
                    random.NextBytes(frame.Plane(p).RowSpan(y));
            }
            written.Add(Samples(frame));
            writer.Write(frame);
        }
        writer.Complete();
        using Y4mReader reader = new(new Trickle(stream.ToArray()));
        for (int i = 0; i < 3; i++)
        {
            using Frame frame = reader.Read()!;
            Assert.Equal((i, i, 1), (frame.Pts, frame.Index, frame.Duration));
            Assert.Equal(written[i], Samples(frame));
        }
        Assert.Null(reader.Read());
    }

    [Fact]
    public void A_closed_output_is_said_in_a_sentence()
    {
        Y4mWriter writer = new(new Closed(), new Y4mHeader(4, 4, new Rational(25, 1), PixelFormat.Gray8));
        UserErrorException e = Assert.Throws<UserErrorException>(() => writer.Write(FramePool.Shared.Rent(4, 4, PixelFormat.Gray8)));
        Assert.Contains("closed", e.Message);
    }

    private static MemoryStream Bytes(string text) => new(Encoding.ASCII.GetBytes(text));

    private static byte[] Samples(Frame frame)
    {
        List<byte> all = [];
        for (int p = 0; p < frame.PlaneCount; p++)
        {
            for (int y = 0; y < frame.Plane(p).Height; y++)
                all.AddRange(frame.Plane(p).RowSpan(y));
        }
        return [.. all];
    }

    // Gives a few bytes at a time, as a pipe does.
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 3)]);
    }

    private sealed class Closed : MemoryStream
    {
        private bool begun;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (begun)
                throw new IOException("Broken pipe");
            begun = true;
        }
    }
}
