using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

public sealed class ImageFolderTests
{
    [Fact]
    public void Names_are_ordered_as_people_count()
    {
        string[] names = ["b.png", "a10.png", "a9.png", "A1.png", "a010.png", "a.png", "10.png", "9.png", "a9b2.png", "a9b10.png"];
        Array.Sort(names, NaturalNameComparer.Instance);
        Assert.Equal(["9.png", "10.png", "a.png", "A1.png", "a9.png", "a9b2.png", "a9b10.png", "a010.png", "a10.png", "b.png"], names);
    }

    [Fact]
    public void A_folder_comes_back_exactly_under_the_same_names()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string first = folder.Folder("first"), second = folder.Folder("second");
        for (int i = 8; i < 12; i++)
        {
            using PooledFrame image = TestClips.Pattern(i, 33, 21, PixelFormat.Bgr24);
            ImageFile.Write(Path.Combine(first, $"f{i}.png"), image);
        }
        File.WriteAllText(Path.Combine(first, "notes.txt"), "no image");
        File.WriteAllText(Path.Combine(first, ".hidden.png"), "no image");
        Directory.CreateDirectory(Path.Combine(first, "below.png"));

        using IFrameSource source = FrameSources.Open(first);
        Assert.Equal((4L, false, 0, 0), (source.Info.FrameCount, source.Info.IsVideo, source.Info.Width, source.Info.Height));
        using IFrameSink sink = FrameSinks.Create(second, TestClips.Options());
        int n = 8;
        while (source.Read() is { } frame)
        {
            Assert.Equal(($"f{n}.png", n - 8L, n - 8L), (frame.Name, frame.Index, frame.Pts));
            Assert.Equal(PixelFormat.Bgr24, frame.Format);
            sink.Write(frame);
            n++;
        }
        sink.Complete();
        Assert.Equal(12, n);
        for (int i = 8; i < 12; i++)
        {
            using PooledFrame expected = TestClips.Pattern(i, 33, 21, PixelFormat.Bgr24), got = ImageFile.Read(Path.Combine(second, $"f{i}.png"));
            Assert.Equal(TestClips.Sum(expected), TestClips.Sum(got));
        }
    }

    [Fact]
    public void An_unreadable_image_is_named_or_left_out()
    {
        using TempFolder folder = new();
        using (PooledFrame image = TestClips.Pattern(0, 16, 16, PixelFormat.Bgr24))
            ImageFile.Write(folder["2.png"], image);
        folder.Write("1.png", "no image");
        using (ImageFolderReader strict = ImageFolderReader.Open(folder.Path))
            Assert.Contains("1.png", Assert.Throws<UserErrorException>(() => strict.Read()).Message);
        using ImageFolderReader lenient = ImageFolderReader.Open(folder.Path, new ImageFolderOptions { SkipUnreadable = true });
        using (Frame frame = lenient.Read()!)
            Assert.Equal(("2.png", 1L), (frame.Name, frame.Index)); // its place in the folder, by which a run is taken up
        Assert.Null(lenient.Read());
        Assert.Contains("1.png", Assert.Single(lenient.Warnings));
    }

    [Fact]
    public void Missing_and_empty_folders_are_refused()
    {
        using TempFolder folder = new();
        Assert.Contains("holds no image", Assert.Throws<UserErrorException>(() => FrameSources.Open(folder.Path)).Message);
        Assert.Contains("no file or folder", Assert.Throws<UserErrorException>(() => FrameSources.Open(folder["nothing"])).Message);
        Assert.Throws<UserErrorException>(() => ImageFolderReader.Open(folder["nothing"]));
        Assert.Throws<UserErrorException>(() => ImageFolderReader.Open(folder.Write("file", "x")));
        Assert.Throws<UserErrorException>(() => ImageFolderWriter.Create(folder["file"]));
        Assert.Throws<UserErrorException>(() => ImageFolderWriter.Create(folder["out"], new ImageFolderWriterOptions { Extension = ".exe" }));
    }

    [Theory]
    [InlineData(null, ".png")]
    [InlineData(".jpg", ".jpg")]
    public void Video_frames_become_images(string? extension, string expected)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        TestClips.Write(folder["clip.mp4"], 3, options: TestClips.Options() with { Crf = 0 });
        using VideoReader reader = VideoReader.Open(folder["clip.mp4"]);
        using ImageFolderWriter writer = ImageFolderWriter.Create(folder["out"], new ImageFolderWriterOptions { Extension = extension, JpegQuality = 98 });
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
        using PooledFrame image = ImageFile.Read(folder["out", "clip_000002" + expected]);
        using Frame bgr = FrameConversion.ToBgr(TestClips.Pattern(1, 160, 120));
        // PNG keeps the colors but for swscale's rounding; JPEG has its own loss.
        Assert.True(TestClips.Difference(bgr.Plane(0), image.Plane(0)) <= (expected == ".png" ? 1.0 : 3.0));
        Assert.Equal(3, Directory.GetFiles(folder["out"]).Length);
    }

    [Fact]
    public void Jpeg_stills_are_full_range_whatever_the_video_was()
    {
        using TempFolder folder = new();
        foreach (PixelFormat format in (PixelFormat[])[PixelFormat.Yuv420P, PixelFormat.Yuv422P, PixelFormat.Yuv444P, PixelFormat.Gray8])
        {
            foreach (ColorRange range in (ColorRange[])[ColorRange.Limited, ColorRange.Full])
            {
                PooledFrame frame = FramePool.Shared.Rent(32, 32, format);
                frame.Range = range;
                for (int p = 0; p < frame.PlaneCount; p++)
                {
                    for (int y = 0; y < frame.Plane(p).Height; y++)
                        frame.Plane(p).RowSpan(y).Fill(p > 0 ? (byte)128 : range == ColorRange.Full ? (byte)255 : (byte)235);
                }
                using StillEncoder jpeg = StillEncoder.Jpeg();
                jpeg.Write(folder["a.jpg"], frame);
                using PooledFrame image = ImageFile.Read(folder["a.jpg"]);
                Assert.True(image.Plane(0).RowSpan(16)[48] >= 254, $"white of {format} {range} became {image.Plane(0).RowSpan(16)[48]}");
            }
        }
    }
}
