using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

public sealed class FrameRotationTests
{
    private static PooledFrame Gradient(PixelFormat format, int width, int height)
    {
        PooledFrame frame = FramePool.Shared.Rent(width, height, format);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            PlaneView view = frame.Plane(plane);
            for (int y = 0; y < view.Height; y++)
            {
                Span<byte> row = view.RowSpan(y);
                for (int i = 0; i < row.Length; i++)
                    row[i] = (byte)(20 + i / view.PixelStride + (y / 2) + (3 * (i % view.PixelStride)));
            }
        }
        return frame;
    }

    [Theory]
    [InlineData(90, 60, 100)]
    [InlineData(180, 100, 60)]
    [InlineData(270, 60, 100)]
    [InlineData(-90, 60, 100)]
    [InlineData(0, 100, 60)]
    [InlineData(30, 116, 101)]
    public void AllOfTheFrameFits(double degrees, int width, int height)
    {
        FrameRotation rotation = new(100, 60, degrees);
        Assert.Equal((width, height), (rotation.Width, rotation.Height));
        foreach (Point2 corner in new Point2[] { new(0, 0), new(100, 0), new(0, 60), new(100, 60) })
        {
            Point2 turned = rotation.ToTurned.Apply(corner);
            Assert.InRange(turned.X, -1, width + 1);
            Assert.InRange(turned.Y, -1, height + 1);
        }
    }

    // A quarter turn clockwise takes the left edge to the top.
    [Fact]
    public void TurnsAreClockwise()
    {
        FrameRotation rotation = new(100, 60, 90);
        Point2 turned = rotation.ToTurned.Apply(new Point2(0, 10));
        Assert.Equal(50, turned.X, 9);
        Assert.Equal(0, turned.Y, 9);
    }

    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Gray8)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Nv12)]
    public void PixelsGoWhereTheMapSaysAndComeBack(PixelFormat format)
    {
        using PooledFrame frame = Gradient(format, 91, 63);
        frame.Name = "a.png";
        frame.Pts = 17;
        FrameRotation rotation = new(91, 63, 37);
        using PooledFrame turned = rotation.Turn(frame);
        Assert.Equal(format == PixelFormat.Bgr24 ? PixelFormat.Bgr24 : PixelFormat.Gray8, turned.Format);
        Assert.Equal(("a.png", 17L), (turned.Name, turned.Pts));
        using PooledFrame back = rotation.TurnBack(turned);
        Assert.Equal((91, 63), (back.Width, back.Height));
        int channels = frame.Plane(0).PixelStride;
        for (int y = 2; y < 61; y++)
        {
            for (int i = 2 * channels; i < 89 * channels; i++)
                Assert.InRange(back.Plane(0).RowSpan(y)[i] - frame.Plane(0).RowSpan(y)[i], -2, 2);
        }
        Point2 there = rotation.ToTurned.Apply(new Point2(40, 30));
        Assert.InRange(turned.Plane(0).RowSpan((int)there.Y)[(int)there.X * channels] - frame.Plane(0).RowSpan(30)[40 * channels], -3, 3);
        Assert.Equal(0, turned.Plane(0).RowSpan(0)[0]);
    }

    [Fact]
    public void LandmarksComeBackToWhereTheyWere()
    {
        FrameRotation rotation = new(1920, 1080, 211.5);
        Point2[] upright = Faces.At(700, 500, 200, 12);
        Point2[] turned = [.. upright.Select(p => rotation.ToTurned.Apply(p))], back = new Point2[68];
        rotation.CarryBack(turned, back);
        Assert.All(back.Zip(upright), p => Assert.True(Math.Abs(p.First.X - p.Second.X) + Math.Abs(p.First.Y - p.Second.Y) < 1e-9));
        // What is cut for the network is the same square of the picture either way.
        Affine cut = FaceAlignment.Align(turned), direct = FaceAlignment.Align(back);
        Affine composed = rotation.ToTurned.Then(cut);
        Assert.Equal(composed.A, direct.A, 9);
        Assert.Equal(composed.B, direct.B, 9);
        Assert.Equal(composed.C, direct.C, 6);
        Assert.Equal(composed.F, direct.F, 6);
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        using PooledFrame frame = Gradient(PixelFormat.Gray8, 20, 20);
        Assert.Throws<ArgumentException>(() => new FrameRotation(21, 20, 90).Turn(frame));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameRotation(20, 20, double.NaN));
    }
}
