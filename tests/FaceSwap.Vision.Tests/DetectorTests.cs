using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;
using FaceSwap.Media;
using FaceSwap.TestKit;

namespace FaceSwap.Vision.Tests;

public sealed class SharedModel : IDisposable
{
    public LandmarkModel Landmarks { get; } = LandmarkModel.Load();

    public void Dispose() => Landmarks.Dispose();
}

public sealed unsafe class DetectorTests(SharedModel model) : IClassFixture<SharedModel>
{
    public static TheoryData<int> Builds => [.. Enumerable.Range(0, 3)];

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    [SkippableTheory]
    [MemberData(nameof(Builds))]
    public void PhotographsGiveDlibsFaces(int build)
    {
        Skip.If(VisionCode.Name(build) is null, $"this processor does not run build {build}");
        string folder = SharedFolder.Require("golden", "detect");
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "detect.json")));
        using FaceDetector detector = new(build);
        using LandmarkModel landmarks = LandmarkModel.Load(build: build);
        int points = 0, near = 0;
        foreach (JsonElement image in golden.RootElement.GetProperty("images").EnumerateArray())
        {
            using PooledFrame bgr = ImageFile.Read(Path.Combine(folder, image.GetProperty("file").GetString()!));
            using PooledFrame gray = Luma.FromBgr(bgr);
            FaceDetection[] found = detector.Detect(gray.Plane(0));
            JsonElement[] expected = [.. image.GetProperty("hog").EnumerateArray()];
            Assert.Equal(expected.Length, found.Length);
            foreach ((JsonElement e, FaceDetection f) in expected.Zip(found))
            {
                Assert.Equal((Int(e, "left"), Int(e, "top"), Int(e, "right"), Int(e, "bottom")), (f.Rect.X, f.Rect.Y, f.Rect.Right, f.Rect.Bottom));
                Assert.Equal(e.GetProperty("confidence").GetDouble(), f.Confidence, 1e-3);
                Point2[] shape = new Point2[68];
                landmarks.Predict(gray.Plane(0), f.Rect, shape);
                foreach ((JsonElement p, Point2 q) in e.GetProperty("landmarks").EnumerateArray().Zip(shape))
                {
                    points++;
                    near += Math.Abs(p[0].GetDouble() - q.X) <= 1 && Math.Abs(p[1].GetDouble() - q.Y) <= 1 ? 1 : 0;
                }
            }
        }
        Assert.True(near >= 0.99 * points, $"{near} of {points} landmarks within 1 pixel");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void ClipFramesGiveDlibsFaceAndLandmarks(int index)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Golden.Path("vision", "vision.json")));
        JsonElement frame = golden.RootElement.GetProperty("frames")[index];
        using PooledFrame bgr = ImageFile.Read(Golden.Path("vision", frame.GetProperty("file").GetString()!));
        using PooledFrame gray = Luma.FromBgr(bgr);
        using FaceDetector detector = new();
        FaceDetection face = Assert.Single(detector.Detect(gray.Plane(0)));
        JsonElement rect = frame.GetProperty("rect");
        Assert.Equal(new RectI(rect[0].GetInt32(), rect[1].GetInt32(), rect[2].GetInt32(), rect[3].GetInt32()), face.Rect);
        Assert.Equal(frame.GetProperty("hog_confidence").GetDouble(), face.Confidence, 1e-3);
        Point2[] shape = new Point2[68];
        model.Landmarks.Predict(gray.Plane(0), face.Rect, shape);
        Assert.Equal(frame.GetProperty("landmarks").EnumerateArray().Select(p => new Point2(p[0].GetDouble(), p[1].GetDouble())), shape);
    }

    [Fact]
    public void StridesAreReadInPlace()
    {
        using PooledFrame bgr = ImageFile.Read(Golden.Path("vision", "frame0.png"));
        using PooledFrame gray = Luma.FromBgr(bgr);
        // A window into the frame: other width than the stride, and what lies outside must not be read as part of it.
        PlaneView window = new((nint)(gray.Plane(0).Row(60) + 100), gray.Plane(0).Stride, 260, 230, 1);
        using PooledFrame copy = FramePool.Shared.Rent(260, 230, PixelFormat.Gray8);
        for (int y = 0; y < 230; y++)
            window.RowSpan(y).CopyTo(copy.Plane(0).RowSpan(y));
        using FaceDetector detector = new();
        FaceDetection[] inPlace = detector.Detect(window);
        Assert.NotEmpty(inPlace);
        Assert.Equal(detector.Detect(copy.Plane(0)), inPlace);
    }

    [Fact]
    public void LuminanceEqualsTheWeightedSum()
    {
        using PooledFrame bgr = ImageFile.Read(Golden.Path("vision", "frame1.png"));
        using PooledFrame gray = Luma.FromBgr(bgr);
        for (int y = 0; y < bgr.Height; y++)
        {
            Span<byte> row = bgr.Plane(0).RowSpan(y);
            for (int x = 0; x < bgr.Width; x++)
                Assert.Equal(((row[3 * x] * 3735) + (row[(3 * x) + 1] * 19235) + (row[(3 * x) + 2] * 9798) + 16384) >> 15, gray.Plane(0).RowSpan(y)[x]);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 200)]
    [InlineData(7, 5)]
    [InlineData(79, 81)]
    [InlineData(233, 97)]
    public void OddAndTinySizesFindNothingAndDoNotFail(int width, int height)
    {
        using PooledFrame gray = FramePool.Shared.Rent(width, height, PixelFormat.Gray8);
        for (int y = 0; y < height; y++)
            gray.Plane(0).RowSpan(y).Fill(128);
        using FaceDetector detector = new();
        Assert.Empty(detector.Detect(gray.Plane(0)));
        Assert.Empty(detector.Detect(gray.Plane(0), upsample: 1));
        Point2[] points = new Point2[68];
        model.Landmarks.Predict(gray.Plane(0), new RectI(-20, -10, 60, 60), points);
        Assert.All(points, p => Assert.True(double.IsFinite(p.X) && double.IsFinite(p.Y)));
    }

    [Fact]
    public void UpsamplingFindsTheSameFace()
    {
        using PooledFrame bgr = ImageFile.Read(Golden.Path("vision", "frame0.png"));
        using PooledFrame gray = Luma.FromBgr(bgr);
        using FaceDetector detector = new();
        RectI plain = Assert.Single(detector.Detect(gray.Plane(0))).Rect;
        RectI doubled = detector.Detect(gray.Plane(0), upsample: 1)[0].Rect;
        RectI shared = plain.Intersect(doubled);
        Assert.True(shared.Width * shared.Height > 0.6 * plain.Width * plain.Height, $"{plain} against {doubled}");
    }

    [Fact]
    public void BadModelsAreUserErrors()
    {
        using TempFolder folder = new("landmarks");
        Assert.Throws<UserErrorException>(() => LandmarkModel.Load(folder["none.dat"]));
        Assert.Throws<UserErrorException>(() => LandmarkModel.Load(folder.Write("empty.dat", "")));
        Assert.Throws<UserErrorException>(() => LandmarkModel.Load(folder.Write("text.dat", "hello, this is not a model at all")));
        byte[] start = new byte[4000];
        using (FileStream stream = File.OpenRead(model.Landmarks.FilePath))
            stream.ReadExactly(start);
        File.WriteAllBytes(folder["short.dat"], start);
        Assert.Contains("truncated", Assert.Throws<UserErrorException>(() => LandmarkModel.Load(folder["short.dat"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingLeaks()
    {
        using LeakCheck leaks = new();
        using FaceDetector detector = new();
        using PooledFrame gray = FramePool.Shared.Rent(100, 100, PixelFormat.Gray8);
        detector.Detect(gray.Plane(0));
        using LandmarkModel again = LandmarkModel.Load();
        Assert.Throws<ArgumentException>(() => again.Predict(gray.Plane(0), default, new Point2[68]));
    }
}
