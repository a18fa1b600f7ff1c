using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

/// <summary>What detectors and networks see of frames with more than 8 bits, or of planes of RGB: the picture that they see of the same in 8 bits.</summary>
public sealed class DeepFrameTests
{
    private const int Width = 53, Height = 31;

    private static PooledFrame Noise(PixelFormat format)
    {
        Random random = new(7);
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, format);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            for (int y = 0; y < frame.Plane(plane).Height; y++)
                random.NextBytes(frame.Plane(plane).RowSpan(y));
        }
        return frame;
    }

    // Every sample times a power of two.
    private static unsafe PooledFrame Deepened(Frame frame, int depth)
    {
        PooledFrame deep = FramePool.Shared.Rent(frame.Width, frame.Height, frame.Format.WithDepth(depth));
        (deep.Matrix, deep.Range) = (frame.Matrix, frame.Range);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            for (int y = 0; y < frame.Plane(plane).Height; y++)
            {
                for (int x = 0; x < frame.Plane(plane).Width; x++)
                    ((ushort*)deep.Plane(plane).Row(y))[x] = (ushort)(frame.Plane(plane).Row(y)[x] << (depth - 8));
            }
        }
        return deep;
    }

    private static byte[] Grey(Frame frame) => [.. YuvFrames.Numbers(frame, 0).Select(v => (byte)v)];

    [Theory]
    [InlineData(PixelFormat.Gray8, 9)]
    [InlineData(PixelFormat.Yuv420P, 10)]
    [InlineData(PixelFormat.Yuv422P, 12)]
    [InlineData(PixelFormat.Yuv444P, 16)]
    public void DetectorsSeeTheLumaOfEightBits(PixelFormat format, int depth)
    {
        using PooledFrame frame = Noise(format), deep = Deepened(frame, depth);
        Assert.True(frame.HasLuma);
        Assert.False(deep.HasLuma);
        using PooledFrame grey = Luma.From(deep);
        Assert.Equal(PixelFormat.Gray8, grey.Format);
        Assert.Equal(Grey(frame), Grey(grey));
        FrameRotation rotation = new(Width, Height, 30);
        using PooledFrame turned = rotation.Turn(frame), turnedDeep = rotation.Turn(deep);
        Assert.Equal(Grey(turned), Grey(turnedDeep));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void DetectorsSeeTheGreyOfRgbPlanes(int depth)
    {
        using PooledFrame planes = Noise(PixelFormat.Gbrp), bgr = FramePool.Shared.Rent(Width, Height, PixelFormat.Bgr24);
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                Span<byte> pixel = bgr.Plane(0).RowSpan(y)[(3 * x)..];
                (pixel[0], pixel[1], pixel[2]) = (planes.Plane(1).RowSpan(y)[x], planes.Plane(0).RowSpan(y)[x], planes.Plane(2).RowSpan(y)[x]);
            }
        }
        using PooledFrame deep = depth == 8 ? Noise(PixelFormat.Gbrp) : Deepened(planes, depth);
        using PooledFrame expected = Luma.FromBgr(bgr), grey = Luma.From(deep);
        Assert.Equal(Grey(expected), Grey(grey));
    }

    // Full range of 8 bits times a power of two is not quite full range of more: a step of 8 bits at most.
    [Theory]
    [InlineData(PixelFormat.Yuv420P, ColorRange.Limited, 0.01)]
    [InlineData(PixelFormat.Yuv422P, ColorRange.Full, 1.01)]
    [InlineData(PixelFormat.Gray8, ColorRange.Limited, 0.01)]
    [InlineData(PixelFormat.Gbrp, ColorRange.Full, 1.01)]
    public unsafe void NetworksSeeTheSameColors(PixelFormat format, ColorRange range, double tolerance)
    {
        using PooledFrame frame = Noise(format);
        (frame.Matrix, frame.Range) = (ColorMatrix.Bt709, range);
        using PooledFrame deep = Deepened(frame, 10);
        float[] expected = new float[Width * Height * 3], got = new float[expected.Length];
        fixed (float* e = expected, g = got)
        {
            RgbRows.Write(frame, new RectI(0, 0, Width, Height), default, 1, e, Width * 3);
            RgbRows.Write(deep, new RectI(0, 0, Width, Height), default, 1, g, Width * 3);
        }
        // A grey frame of 8 bits is taken for full range there; a deep one says its range.
        if (format == PixelFormat.Gray8)
            expected = [.. expected.Select(v => Math.Clamp((v - 16) / 219 * 255, 0, 255))];
        Assert.All(expected.Zip(got), v => Assert.Equal(v.First, v.Second, tolerance));
    }
}
