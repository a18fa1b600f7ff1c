using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests.Track;

/// <summary>Following real faces with the real detector finds what searching every frame finds.</summary>
[Collection("engine")]
public sealed class TrackedPicturesTests(TrackLandmarks landmarks) : IClassFixture<TrackLandmarks>
{
    private const int Count = 14, Stretch = 7;

    private static readonly RectI Head = new(90, 40, 220, 230); // of the golden pictures

    // Heads that move over a plane; frames in grey or, as image files have them, in color.
    private static PooledFrame Picture(long index, PixelFormat format, params (string File, int X, int Y)[] heads)
    {
        PooledFrame frame = FramePool.Shared.Rent(TrackRig.Width, TrackRig.Height, PixelFormat.Bgr24);
        frame.Index = index;
        for (int y = 0; y < frame.Height; y++)
            frame.Plane(0).RowSpan(y).Fill(110);
        foreach ((string file, int x, int y) in heads)
        {
            using PooledFrame head = ImageFile.Read(Golden.Path("vision", file));
            RectI inside = new RectI(x, y, Head.Width, Head.Height).Intersect(new RectI(0, 0, frame.Width, frame.Height));
            for (int row = 0; row < inside.Height; row++)
            {
                head.Plane(0).RowSpan(Head.Y + inside.Y - y + row).Slice(3 * (Head.X + inside.X - x), 3 * inside.Width)
                    .CopyTo(frame.Plane(0).RowSpan(inside.Y + row)[(3 * inside.X)..]);
            }
        }
        if (format == PixelFormat.Bgr24)
            return frame;
        using (frame)
            return Luma.FromBgr(frame);
    }

    private long Compare(Func<long, PooledFrame> picture)
    {
        RectI[][] every = TrackRig.Boxes(TrackRig.Run(new EveryFrameFinder(new FaceFinder(landmarks.Model)), Count, Stretch, picture));
        FaceFinder finder = new(landmarks.Model);
        RectI[][] tracked = TrackRig.Boxes(TrackRig.Run(new TrackedFinder(finder), Count, Stretch, picture));
        Assert.Contains(every, static f => f.Length > 0);
        Assert.Equal(every, tracked);
        return finder.Searches;
    }

    [Theory]
    [InlineData(PixelFormat.Gray8)]
    [InlineData(PixelFormat.Bgr24)]
    public void AMovingFaceHasTheSameBoxes(PixelFormat format) =>
        Assert.Equal(3, Compare(i => Picture(i, format, ("frame0.png", 20 + (9 * (int)i), 10 + (4 * (int)i)))));

    [Fact]
    public void AFaceThatEntersAndOneThatLeaves() =>
        Compare(static i => Picture(i, PixelFormat.Gray8, ("frame0.png", 260 + (20 * (int)i), 40), ("frame1.png", -260 + (20 * (int)i), 60)));

    [Fact]
    public void OneFacePassesBeforeAnother() =>
        Compare(static i => Picture(i, PixelFormat.Gray8, ("frame1.png", 230, 40), ("frame0.png", (i < 7 ? 0 : -13) + (17 * (int)i), 50)));

    [Fact]
    public void NothingLeaks()
    {
        using LeakCheck leaks = new();
        using TrackedFinder finder = new(new FaceFinder(landmarks.Model));
        using PooledFrame first = Picture(0, PixelFormat.Bgr24, ("frame0.png", 20, 20)), second = Picture(1, PixelFormat.Bgr24, ("frame0.png", 24, 20));
        var faces = new IReadOnlyList<Alignments.FaceRecord>[2];
        finder.Find(new FrameStretch([first, second]), faces);
        Assert.All(faces, static f => Assert.Single(f));
    }
}
