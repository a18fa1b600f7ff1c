using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;
using FaceSwap.Media;
using FaceSwap.TestKit;

namespace FaceSwap.Vision.Tests;

/// <summary>A search in a window gives what the full search gives there: the same boxes, the same scores.</summary>
public sealed class WindowDetectorTests
{
    public static TheoryData<int, string> Cases
    {
        get
        {
            TheoryData<int, string> cases = [];
            for (int build = 0; build < 3; build++)
            {
                foreach (string picture in new[] { "frame0", "frame1", "noise" })
                    cases.Add(build, picture);
            }
            return cases;
        }
    }

    private static FaceWindow Everything(PlaneView gray, double threshold) =>
        new(new RectI(0, 0, gray.Width, gray.Height), 2, 100, 100, threshold);

    // Pictures of odd sizes too, so that levels end in the middle of a cell; noise scores at every position over a low threshold.
    private static PooledFrame Picture(string name)
    {
        if (name != "noise")
        {
            using PooledFrame bgr = ImageFile.Read(Golden.Path("vision", name + ".png"));
            return Luma.FromBgr(bgr);
        }
        PooledFrame noise = FramePool.Shared.Rent(317, 243, PixelFormat.Gray8);
        Random random = new(3);
        for (int y = 0; y < noise.Height; y++)
            random.NextBytes(noise.Plane(0).RowSpan(y));
        return noise;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void AWindowGivesTheFullSearchesCandidates(int build, string name)
    {
        Skip.If(VisionCode.Name(build) is null, $"this processor does not run build {build}");
        const double threshold = -3;
        using PooledFrame picture = Picture(name);
        PlaneView gray = picture.Plane(0);
        using FaceDetector detector = new(build);
        FaceDetection[] all = detector.DetectNear(gray, Everything(gray, threshold), all: true);
        Assert.True(all.Length > 3000, $"only {all.Length} candidates: too few to compare");
        Assert.Equal(detector.Detect(gray, threshold), detector.DetectNear(gray, Everything(gray, threshold), all: false));
        Random random = new(build + name.Length);
        int compared = 0;
        for (int i = 0; i < 300; i++)
        {
            FaceDetection near = all[random.Next(all.Length)];
            int side = near.Rect.Width + random.Next(-5, 6);
            RectI box = new(near.Rect.X + random.Next(-30, 31), near.Rect.Y + random.Next(-30, 31), side, side);
            FaceWindow window = new(box, random.NextDouble() * 0.5, random.Next(3), random.Next(3), threshold + random.NextDouble());
            FaceDetection[] expected = [.. all.Where(f => Holds(window, f))];
            Assert.Equal(expected, detector.DetectNear(gray, window, all: true));
            compared += expected.Length;
        }
        Assert.True(compared > 3000, $"the windows held {compared} candidates");
    }

    private static bool Holds(in FaceWindow window, FaceDetection f)
    {
        int reach = (int)(2 * window.Reach * window.Box.Width), level = FaceDetector.Level(window.Box.Width), its = FaceDetector.Level(f.Rect.Width);
        return f.Confidence >= window.Threshold && its >= level - window.Finer && its <= level + window.Coarser
            && Math.Abs(f.Rect.X + f.Rect.Right - window.Box.X - window.Box.Right) <= reach
            && Math.Abs(f.Rect.Y + f.Rect.Bottom - window.Box.Y - window.Box.Bottom) <= reach;
    }

    [Fact]
    public void AFaceIsFoundAgainWhereItIs()
    {
        using PooledFrame picture = Picture("frame0");
        using FaceDetector detector = new();
        FaceDetection face = Assert.Single(detector.Detect(picture));
        FaceWindow window = new(face.Rect, 0.2, 1, 1, 0);
        Assert.Equal(face, Assert.Single(detector.DetectNear(picture, picture.Plane(0), window)));
        Assert.Empty(detector.DetectNear(picture, picture.Plane(0), window with { Threshold = face.Confidence + 0.01 }));
        Assert.Empty(detector.DetectNear(picture, picture.Plane(0), window with { Box = new RectI(face.Rect.X + face.Rect.Width, face.Rect.Y, face.Rect.Width, face.Rect.Height) }));
    }

    // Of other pictures' sizes in turn: what is kept of one size is not used for another.
    [Fact]
    public void SizesMayChange()
    {
        using PooledFrame small = Picture("noise"), large = Picture("frame0");
        using FaceDetector detector = new(), fresh = new();
        FaceDetection[] expected = fresh.Detect(large);
        for (int i = 0; i < 2; i++)
        {
            detector.Detect(small);
            Assert.Equal(expected, detector.Detect(large));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(79, 81)]
    [InlineData(200, 90)]
    public void WindowsMayLieAnywhere(int width, int height)
    {
        using PooledFrame gray = FramePool.Shared.Rent(width, height, PixelFormat.Gray8);
        for (int y = 0; y < height; y++)
            gray.Plane(0).RowSpan(y).Fill(128);
        using FaceDetector detector = new();
        foreach (RectI box in new[] { new RectI(-500, -500, 100, 100), new RectI(0, 0, 80, 80), new RectI(5000, 3, 300, 300), new RectI(10, 10, 1, 1), new RectI(0, 0, 100000, 9) })
            Assert.Empty(detector.DetectNear(gray, gray.Plane(0), new FaceWindow(box, 0.3, 1, 1, -0.2)));
    }
}
