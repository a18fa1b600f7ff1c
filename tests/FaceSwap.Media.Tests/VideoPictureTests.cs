using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

/// <summary>Rotation, color description, sizes.</summary>
public sealed class VideoPictureTests
{
    private static VideoWriterOptions Lossless => TestClips.Options() with { Crf = 0 };

    [Theory]
    [InlineData(0, PixelFormat.Yuv420P, "yuv420p")]
    [InlineData(90, PixelFormat.Yuv420P, "yuv420p")]
    [InlineData(180, PixelFormat.Yuv420P, "yuv420p")]
    [InlineData(270, PixelFormat.Yuv420P, "yuv420p")]
    [InlineData(90, PixelFormat.Yuv444P, "yuv444p")]
    [InlineData(180, PixelFormat.Yuv422P, "yuv422p")]
    [InlineData(90, (PixelFormat)((int)PixelFormat.Yuv420P | 10 << 8), "yuv420p10le")]
    [InlineData(180, (PixelFormat)((int)PixelFormat.Yuv422P | 10 << 8), "yuv422p10le")]
    [InlineData(270, (PixelFormat)((int)PixelFormat.Yuv444P | 10 << 8), "yuv444p10le")]
    public void Rotated_video_is_delivered_upright(int degrees, PixelFormat format, string name)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 4, options: Lossless with { PixelFormat = name, SampleAspect = new Rational(4, 3) }, format: format);
        TestClips.SetRotation(folder["a.mp4"], degrees);
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        bool turned = degrees is 90 or 270;
        Assert.Equal(degrees, reader.Video.Rotation);
        Assert.Equal(turned ? (120, 160) : (160, 120), (reader.Info.Width, reader.Info.Height));
        Assert.Equal(turned ? new Rational(3, 4) : new Rational(4, 3), reader.Video.SampleAspect);
        int n = 0;
        TestClips.ReadAll(reader, frame =>
        {
            Assert.Equal((reader.Info.Width, reader.Info.Height), (frame.Width, frame.Height));
            using PooledFrame stored = TestClips.Pattern(n++, 160, 120, format);
            for (int p = 0; p < 3; p++)
                AssertTurned(stored.Plane(p), frame.Plane(p), degrees);
        });
        Assert.Equal(4, n);
    }

    private static void AssertTurned(PlaneView stored, PlaneView shown, int degrees)
    {
        for (int y = 0; y < stored.Height; y++)
        {
            for (int x = 0; x < stored.Width; x++)
            {
                (int right, int down) = degrees switch
                {
                    90 => (stored.Height - 1 - y, x),
                    180 => (stored.Width - 1 - x, stored.Height - 1 - y),
                    270 => (y, stored.Width - 1 - x),
                    _ => (x, y),
                };
                int bytes = stored.PixelStride;
                Assert.Equal(stored.RowSpan(y).Slice(x * bytes, bytes).ToArray(), shown.RowSpan(down).Slice(right * bytes, bytes).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    public void Transposed_422_becomes_444(int depth)
    {
        using TempFolder folder = new();
        PixelFormat format = PixelFormat.Yuv422P.WithDepth(depth);
        TestClips.Write(folder["a.mp4"], 2, options: Lossless, format: format);
        TestClips.SetRotation(folder["a.mp4"], 90);
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal(PixelFormat.Yuv444P.WithDepth(depth), reader.Video.Format);
        Assert.NotNull(reader.Video.Conversion);
        using Frame frame = reader.Read()!;
        using PooledFrame stored = TestClips.Pattern(0, 160, 120, format);
        AssertTurned(stored.Plane(0), frame.Plane(0), 90);
    }

    [Fact]
    public void A_copy_of_rotated_video_is_not_rotated_twice()
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 4);
        TestClips.SetRotation(folder["a.mp4"], 90);
        using (VideoReader reader = VideoReader.Open(folder["a.mp4"]))
        using (VideoWriter writer = VideoWriter.Create(folder["b.mp4"], VideoWriterOptions.For(reader)))
        {
            while (reader.Read() is { } frame)
                writer.Write(frame);
            writer.Complete();
        }
        using VideoReader copy = VideoReader.Open(folder["b.mp4"]);
        Assert.Equal((120, 160, 0), (copy.Info.Width, copy.Info.Height, copy.Video.Rotation));
    }

    [Theory]
    [InlineData(ColorMatrix.Bt601, ColorRange.Limited)]
    [InlineData(ColorMatrix.Bt601, ColorRange.Full)]
    [InlineData(ColorMatrix.Bt709, ColorRange.Limited)]
    [InlineData(ColorMatrix.Bt709, ColorRange.Full)]
    [InlineData(ColorMatrix.Bt2020, ColorRange.Limited)]
    public void Matrix_and_range_of_frames_survive(ColorMatrix matrix, ColorRange range)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 3, options: Lossless, change: f => (f.Matrix, f.Range) = (matrix, range));
        using (VideoReader reader = VideoReader.Open(folder["a.mp4"]))
        using (VideoWriter writer = VideoWriter.Create(folder["b.mkv"], VideoWriterOptions.For(reader) with { Crf = 0 }))
        {
            while (reader.Read() is { } frame)
            {
                Assert.Equal((matrix, range), (frame.Matrix, frame.Range));
                writer.Write(frame);
            }
            writer.Complete();
        }
        using VideoReader copy = VideoReader.Open(folder["b.mkv"]);
        using Frame first = copy.Read()!;
        using PooledFrame expected = TestClips.Pattern(0, 160, 120);
        Assert.Equal((matrix, range), (first.Matrix, first.Range));
        Assert.Equal(TestClips.Sum(expected), TestClips.Sum(first));
    }

    [Fact]
    public void Color_tags_are_copied_as_they_are()
    {
        using TempFolder folder = new();
        ColorTags tags = new(Matrix: 1, Primaries: 9, Transfer: 16, Range: 1);
        TestClips.Write(folder["a.mp4"], 3, options: Lossless with { Color = tags });
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal(tags, reader.Video.Color);
    }

    [Theory]
    [InlineData(64, ColorMatrix.Bt601)]
    [InlineData(720, ColorMatrix.Bt709)]
    public void Untagged_video_is_601_below_720_rows_and_stays_untagged(int height, ColorMatrix expected)
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 2, 64, height, Lossless with { Color = ColorTags.Unspecified });
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal((2, 2, 2), (reader.Video.Color.Matrix, reader.Video.Color.Primaries, reader.Video.Color.Transfer));
        using Frame frame = reader.Read()!;
        Assert.Equal((expected, ColorRange.Limited), (frame.Matrix, frame.Range));
    }

    [Theory]
    [InlineData(41, 31, 8)]
    [InlineData(1, 1, 8)]
    [InlineData(40, 31, 8)]
    [InlineData(41, 31, 10)]
    public void Odd_sizes_get_the_last_column_or_row_once_more(int width, int height, int depth)
    {
        PixelFormat format = PixelFormat.Yuv420P.WithDepth(depth);
        using TempFolder folder = new();
        using (VideoWriter writer = VideoWriter.Create(folder["a.mp4"], Lossless))
        {
            for (int i = 0; i < 3; i++)
                writer.Write(TestClips.Pattern(i, width, height, format));
            writer.Complete();
            string warning = Assert.Single(writer.Warnings);
            Assert.Contains($"{width}x{height}", warning);
        }
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal((width + (width & 1), height + (height & 1)), (reader.Info.Width, reader.Info.Height));
        using Frame frame = reader.Read()!;
        using PooledFrame expected = TestClips.Pattern(0, width, height, format);
        PlaneView luma = frame.Plane(0);
        for (int y = 0; y < luma.Height; y++)
        {
            for (int x = 0; x < luma.Width; x++)
            {
                int bytes = format.SampleBytes;
                Assert.Equal(expected.Plane(0).RowSpan(Math.Min(y, height - 1)).Slice(Math.Min(x, width - 1) * bytes, bytes).ToArray(), luma.RowSpan(y).Slice(x * bytes, bytes).ToArray());
            }
        }
    }

    [Fact]
    public void Odd_sizes_stay_where_the_pixel_format_allows_it()
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mkv"], 3, 41, 31, Lossless with { PixelFormat = "yuv444p" }, PixelFormat.Yuv444P);
        using VideoReader reader = VideoReader.Open(folder["a.mkv"]);
        Assert.Equal((41, 31), (reader.Info.Width, reader.Info.Height));
    }

    [Fact]
    public void A_frame_of_another_size_is_scaled_with_a_warning()
    {
        using TempFolder folder = new();
        using (VideoWriter writer = VideoWriter.Create(folder["a.mp4"], TestClips.Options()))
        {
            writer.Write(TestClips.Pattern(0, 64, 48));
            writer.Write(TestClips.Pattern(1, 160, 120, PixelFormat.Bgr24));
            writer.Complete();
            Assert.Contains("160x120", Assert.Single(writer.Warnings));
        }
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal(2, TestClips.ReadAll(reader, f => Assert.Equal((64, 48), (f.Width, f.Height))));
    }

    [Fact]
    public void A_change_of_range_is_evened_out()
    {
        using TempFolder folder = new();
        using (VideoWriter writer = VideoWriter.Create(folder["a.mp4"], Lossless))
        {
            for (int i = 0; i < 2; i++)
            {
                PooledFrame white = FramePool.Shared.Rent(32, 32, PixelFormat.Yuv420P);
                (white.Pts, white.Range) = (i, i == 0 ? ColorRange.Limited : ColorRange.Full);
                for (int p = 0; p < 3; p++)
                {
                    for (int y = 0; y < white.Plane(p).Height; y++)
                        white.Plane(p).RowSpan(y).Fill(p > 0 ? (byte)128 : i == 0 ? (byte)235 : (byte)255);
                }
                writer.Write(white);
            }
            writer.Complete();
        }
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        Assert.Equal(2, TestClips.ReadAll(reader, f => Assert.InRange(f.Plane(0).RowSpan(9)[9], 234, 236)));
    }

    [Fact]
    public void Bgr_frames_keep_their_colors()
    {
        using TempFolder folder = new();
        (byte B, byte G, byte R)[] colors = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (128, 128, 128), (250, 250, 250), (5, 5, 5)];
        using (VideoWriter writer = VideoWriter.Create(folder["a.mp4"], Lossless))
        {
            for (int i = 0; i < colors.Length; i++)
            {
                PooledFrame frame = FramePool.Shared.Rent(32, 32, PixelFormat.Bgr24);
                frame.Pts = i;
                for (int y = 0; y < 32; y++)
                {
                    for (int x = 0; x < 32; x++)
                        (frame.Plane(0).RowSpan(y)[3 * x], frame.Plane(0).RowSpan(y)[(3 * x) + 1], frame.Plane(0).RowSpan(y)[(3 * x) + 2]) = colors[i];
                }
                writer.Write(frame);
            }
            writer.Complete();
        }
        using VideoReader reader = VideoReader.Open(folder["a.mp4"]);
        int n = 0;
        while (reader.Read() is { } frame)
        {
            using Frame bgr = FrameConversion.ToBgr(frame);
            Span<byte> pixel = bgr.Plane(0).RowSpan(16).Slice(48, 3);
            // 8-bit limited-range YUV resolves 255/219 of a step of luma and 255/224 of chroma times up to 2.02: within 3.
            Assert.True(Math.Abs(pixel[0] - colors[n].B) <= 3 && Math.Abs(pixel[1] - colors[n].G) <= 3 && Math.Abs(pixel[2] - colors[n].R) <= 3,
                $"{colors[n]} became ({pixel[0]}, {pixel[1]}, {pixel[2]})");
            n++;
        }
        Assert.Equal(colors.Length, n);
    }

    [Fact]
    public void A_negative_start_or_empty_length_is_refused()
    {
        using TempFolder folder = new();
        TestClips.Write(folder["a.mp4"], 3);
        Assert.Throws<UserErrorException>(() => VideoReader.Open(folder["a.mp4"], new VideoReaderOptions { StartSeconds = -1 }));
        Assert.Throws<UserErrorException>(() => VideoReader.Open(folder["a.mp4"], new VideoReaderOptions { DurationSeconds = 0 }));
        UserErrorException late = Assert.Throws<UserErrorException>(() => VideoReader.Open(folder["a.mp4"], new VideoReaderOptions { StartSeconds = 99 }));
        Assert.Contains("ends before", late.Message);
    }
}
