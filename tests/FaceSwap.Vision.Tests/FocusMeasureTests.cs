using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

public sealed class FocusMeasureTests
{
    private static readonly Point2[] Landmarks = Faces.At(400, 300, 180);
    private static readonly Affine Map = FaceAlignment.ForExtraction(Landmarks);

    private static PooledFrame Checkers(int size, byte low, byte high)
    {
        PooledFrame crop = FramePool.Shared.Rent(256, 256, PixelFormat.Bgr24);
        for (int y = 0; y < 256; y++)
        {
            for (int x = 0; x < 256; x++)
                crop.Plane(0).RowSpan(y).Slice(3 * x, 3).Fill(((x / size) + (y / size)) % 2 == 0 ? low : high);
        }
        return crop;
    }

    [Fact]
    public void SharperIsGreater()
    {
        using PooledFrame flat = Checkers(300, 120, 120), coarse = Checkers(16, 100, 140), fine = Checkers(4, 100, 140), strong = Checkers(4, 60, 180);
        double[] measures = [.. new[] { flat, coarse, fine, strong }.Select(c => FocusMeasure.Of(c, Landmarks, Map))];
        Assert.Equal(measures.Order(), measures);
        Assert.True(measures[1] > 3 * measures[0] && measures[2] > 2 * measures[1] && measures[3] > 4 * measures[2], string.Join(", ", measures));
    }

    [Fact]
    public void WhatLiesOutsideTheFeaturesDoesNotCount()
    {
        using PooledFrame plain = Checkers(300, 120, 120), framed = Checkers(300, 120, 120);
        for (int i = 0; i < 256; i++)
        {
            framed.Plane(0).RowSpan(0)[3 * i] = (byte)(i * 77);
            framed.Plane(0).RowSpan(255)[3 * i] = (byte)(i * 77);
            framed.Plane(0).RowSpan(i)[..9].Fill((byte)(i * 31));
        }
        Assert.Equal(FocusMeasure.Of(plain, Landmarks, Map), FocusMeasure.Of(framed, Landmarks, Map));
    }

    // A checkerboard of single pixels: every Laplacian is ±4·difference, whose variance is its square.
    [Fact]
    public void TheVarianceIsThatOfTheDefinition()
    {
        byte[] gray = new byte[20 * 12];
        for (int i = 0; i < gray.Length; i++)
            gray[i] = (byte)(((i % 20) + (i / 20)) % 2 == 0 ? 100 : 130);
        Assert.Equal(120.0 * 120.0, FocusMeasure.LaplacianVariance(gray, 20, 12), 9);
    }

    [Fact]
    public void NothingIsAllocatedAfterTheFirstFace()
    {
        using PooledFrame crop = Checkers(4, 100, 140);
        FocusMeasure.Of(crop, Landmarks, Map);
        long before = GC.GetAllocatedBytesForCurrentThread();
        FocusMeasure.Of(crop, Landmarks, Map);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void OtherImagesAreRefused()
    {
        using PooledFrame small = FramePool.Shared.Rent(64, 64, PixelFormat.Bgr24);
        Assert.Throws<ArgumentException>(() => FocusMeasure.Of(small, Landmarks, Map));
    }
}
