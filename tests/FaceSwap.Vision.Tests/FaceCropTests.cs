using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

public sealed class FaceCropTests
{
    public static TheoryData<PixelFormat, ColorMatrix, ColorRange> Layouts
    {
        get
        {
            TheoryData<PixelFormat, ColorMatrix, ColorRange> all = [];
            foreach (PixelFormat format in new[] { PixelFormat.Yuv420P, PixelFormat.Yuv422P, PixelFormat.Yuv444P, PixelFormat.Nv12 })
            {
                foreach (ColorMatrix matrix in Enum.GetValues<ColorMatrix>())
                {
                    all.Add(format, matrix, ColorRange.Limited);
                    all.Add(format, matrix, ColorRange.Full);
                }
            }
            foreach (PixelFormat format in Deep)
            {
                all.Add(format, ColorMatrix.Bt709, ColorRange.Limited);
                all.Add(format, ColorMatrix.Bt2020, ColorRange.Full);
            }
            return all;
        }
    }

    /// <summary>Formats of more bits, with alpha, and of planes of RGB.</summary>
    public static PixelFormat[] Deep =>
    [
        PixelFormat.Yuv420P.WithDepth(10), PixelFormat.Yuv422P.WithDepth(12), PixelFormat.Yuv444P.WithDepth(16), PixelFormat.Yuv420P.WithAlpha(), PixelFormat.Yuv444P.WithDepth(10).WithAlpha(),
        PixelFormat.Gbrp, PixelFormat.Gbrp.WithDepth(12), PixelFormat.Gbrp.WithDepth(10).WithAlpha(),
    ];

    private static (double B, double G, double R) Gradient(double x, double y) =>
        (0.2 + (0.004 * x), 0.5 + (0.003 * y) - (0.001 * x), 0.7 - (0.002 * x) - (0.001 * y));

    // A linear gradient is what bilinear interpolation reproduces exactly, in every plane and at every siting, so what is left is the
    // rounding of the samples: half a step of luma and of chroma, up to 2.2 times in blue, and what fp32 costs.
    [Theory]
    [MemberData(nameof(Layouts))]
    public void GradientsComeOutOfEveryLayout(PixelFormat format, ColorMatrix matrix, ColorRange range)
    {
        using PooledFrame frame = YuvFrames.Make(97, 85, format, matrix, range, Gradient);
        Affine map = FaceAlignment.Rotation(48, 42, 20, 0.9).Shift(-20, -14);
        const int side = 53;
        float[] crop = new float[side * side * 3];
        FaceCrop.ToFloats(frame, map, side, crop);
        Affine back = map.Invert();
        double tolerance = (0.008 / (1 << (format.Depth - 8))) + 1e-5;
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                Point2 p = back.Apply(new Point2(x, y));
                Assert.InRange(p.X, 2, 94); // the crop is inside the frame
                (double b, double g, double r) = Gradient(p.X, p.Y);
                int i = ((y * side) + x) * 3;
                Assert.Equal(Math.Clamp(b, 0, 1), crop[i], tolerance);
                Assert.Equal(Math.Clamp(g, 0, 1), crop[i + 1], tolerance);
                Assert.Equal(Math.Clamp(r, 0, 1), crop[i + 2], tolerance);
            }
        }
    }

    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Gray8)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Yuv422P)]
    [InlineData(PixelFormat.Nv12)]
    public void WhatLiesOutsideTheFrameIsBlack(PixelFormat format)
    {
        using PooledFrame frame = FramePool.Shared.Rent(21, 17, format);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            for (int y = 0; y < frame.Plane(plane).Height; y++)
                frame.Plane(plane).RowSpan(y).Fill((byte)(plane == 0 ? 235 : 128));
        }
        using PooledFrame crop = FaceCrop.Extract(frame, Affine.Identity.Shift(10, 10), 40);
        Assert.Equal([0, 0, 0], crop.Plane(0).RowSpan(9)[(3 * 15)..(3 * 16)].ToArray());
        Assert.Equal([0, 0, 0], crop.Plane(0).RowSpan(15)[(3 * 31)..(3 * 32)].ToArray());
        Assert.All(crop.Plane(0).RowSpan(10)[(3 * 10)..(3 * 11)].ToArray(), v => Assert.InRange(v, (byte)234, (byte)255));
        Assert.All(crop.Plane(0).RowSpan(26)[(3 * 30)..(3 * 31)].ToArray(), v => Assert.InRange(v, (byte)234, (byte)255));
    }

    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Nv12)]
    public void OnePixelFramesAndFarMapsAreNoDanger(PixelFormat format)
    {
        using PooledFrame frame = FramePool.Shared.Rent(1, 1, format);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
            frame.Plane(plane).RowSpan(0).Fill(100);
        foreach (Affine map in new[] { Affine.Identity, new Affine(1e7, 0, 0, 0, 1e7, 0), new Affine(1e-7, 0, -9e9, 0, 1e-7, 3e9) })
        {
            float[] crop = new float[16 * 16 * 3];
            FaceCrop.ToFloats(frame, map, 16, crop);
            Assert.All(crop, v => Assert.InRange(v, 0f, 1f));
        }
        Assert.Throws<InvalidOperationException>(() => FaceCrop.Extract(frame, default, 16));
    }

    [Fact]
    public void BgrBytesAndFloatsAreTheSameNumbers()
    {
        using PooledFrame frame = FramePool.Shared.Rent(50, 40, PixelFormat.Bgr24);
        new Random(3).NextBytes(frame.Plane(0).RowSpan(0));
        for (int y = 1; y < 40; y++)
            new Random(y).NextBytes(frame.Plane(0).RowSpan(y));
        Affine map = FaceAlignment.Rotation(25, 20, -13, 1.7).Shift(3.3, -8.1);
        byte[] bytes = new byte[33 * 33 * 3];
        float[] floats = new float[33 * 33 * 3];
        FaceCrop.ToBytes(frame, map, 33, bytes);
        FaceCrop.ToFloats(frame, map, 33, floats);
        Assert.Equal(bytes, floats.Select(f => (byte)(f * 255f)));
    }
}
