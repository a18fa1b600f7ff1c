using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

public sealed class MaskedConverterTests
{
    public static TheoryData<PixelFormat, ColorMatrix, ColorRange> Layouts => FaceCropTests.Layouts;

    private static int[][] Samples(Frame frame) => [.. Enumerable.Range(0, frame.PlaneCount).Select(plane => YuvFrames.Numbers(frame, plane))];

    private static (double B, double G, double R) Scene(double x, double y) =>
        (0.3 + (0.001 * x), 0.4 + (0.0015 * y), 0.6 - (0.001 * x));

    private static float[] Solid(int side, float b, float g, float r)
    {
        float[] face = new float[side * side * 3];
        for (int i = 0; i < face.Length; i += 3)
            (face[i], face[i + 1], face[i + 2]) = (b, g, r);
        return face;
    }

    // Luma by the pixel's weight and chroma by the mean weight of its block, both against the definitions in double precision.
    [Theory]
    [MemberData(nameof(Layouts))]
    public void PlanesAreBlendedByTheMaskAndNothingElseChanges(PixelFormat format, ColorMatrix matrix, ColorRange range)
    {
        using PooledFrame frame = YuvFrames.Make(161, 143, format, matrix, range, Scene);
        int[][] before = Samples(frame);
        Point2[] landmarks = Faces.At(78, 66, 70, 8);
        MaskedConverter converter = new(new MaskedOptions { BlurSize = 5 });
        RectI touched = converter.Paste(frame, landmarks, Solid(64, 0.1f, 0.8f, 0.3f));
        int[][] after = Samples(frame);
        FaceMask mask = new MaskedConverter(converter.Options).BuildMask(converter.Map(landmarks), landmarks, 161, 143);
        Assert.Equal(mask.Bounds, touched);
        (double newY, double newU, double newV) = YuvFrames.ToSamples(0.1f, 0.8f, 0.3f, format, matrix, range);
        double[,] weights = new double[143, 161];
        // A pixel in the blurred edge whose own place is outside the square keeps its samples; the solid face cannot tell, so ask the map.
        Affine map = converter.Map(landmarks);
        for (int y = touched.Y; y < touched.Bottom; y++)
        {
            for (int x = touched.X; x < touched.Right; x++)
            {
                Point2 p = map.Apply(new Point2(x, y));
                bool edge = Math.Abs(p.X) < 0.05 || Math.Abs(p.Y) < 0.05 || Math.Abs(p.X - 64) < 0.05 || Math.Abs(p.Y - 64) < 0.05;
                bool inside = p.X >= 0 && p.Y >= 0 && p.X < 64 && p.Y < 64;
                weights[y, x] = edge ? double.NaN : inside ? mask.Row(y)[x - touched.X] : 0;
            }
        }
        // Half a step, and the fp32 of weights and samples, of which deep ones have more steps.
        double tolerance = 0.5 + (0.02 * Math.Max(1, (1 << format.Depth) / 4096.0));
        int changedLuma = 0;
        for (int y = 0; y < 143; y++)
        {
            for (int x = 0; x < 161; x++)
            {
                int i = (y * 161) + x;
                double w = weights[y, x];
                changedLuma += after[0][i] != before[0][i] ? 1 : 0;
                if (w == 0)
                    Assert.Equal(before[0][i], after[0][i]);
                else if (!double.IsNaN(w))
                    Assert.Equal((w * newY) + ((1 - w) * before[0][i]), after[0][i], tolerance);
            }
        }
        Assert.InRange(changedLuma, 3000, 12000);
        int stepX = 1 << format.ChromaShift.Across, stepY = 1 << format.ChromaShift.Down;
        PlaneView chroma = frame.Plane(1);
        int changedChroma = 0;
        for (int y = 0; y < chroma.Height; y++)
        {
            for (int x = 0; x < chroma.Width; x++)
            {
                double sum = 0;
                int count = 0;
                for (int dy = 0; dy < stepY; dy++)
                {
                    for (int dx = 0; dx < stepX; dx++)
                    {
                        if ((y * stepY) + dy < 143 && (x * stepX) + dx < 161)
                        {
                            sum += weights[(y * stepY) + dy, (x * stepX) + dx];
                            count++;
                        }
                    }
                }
                double w = sum / count;
                int i = (y * chroma.Width) + x;
                (int plane, int at)[] uv = format == PixelFormat.Nv12 ? [(1, 2 * i), (1, (2 * i) + 1)] : [(1, i), (2, i)];
                foreach (((int plane, int at), double value) in uv.Zip([newU, newV]))
                {
                    changedChroma += after[plane][at] != before[plane][at] ? 1 : 0;
                    if (w == 0)
                        Assert.Equal(before[plane][at], after[plane][at]);
                    else if (!double.IsNaN(w))
                        Assert.Equal((w * value) + ((1 - w) * before[plane][at]), after[plane][at], tolerance);
                }
            }
        }
        Assert.True(changedChroma > 1000, $"{changedChroma} samples of chroma changed");
        if (format.HasAlpha)
            Assert.Equal(before[3], after[3]);
        // What was blended has all bits, not 8 of them scaled: one in as many samples has zeros there by chance.
        int unit = 1 << (format.Depth - 8), whole = after[0].Zip(before[0]).Count(v => v.First != v.Second && v.First % unit == 0);
        if (unit > 1)
            Assert.True(whole < changedLuma * 2 / 3, $"{whole} of {changedLuma} blended samples have 8 bits");
    }

    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Yuv444P)]
    public void AnIdentityNetworkHardlyChangesAFrame(PixelFormat format)
    {
        using PooledFrame frame = format == PixelFormat.Bgr24
            ? FramePool.Shared.Rent(161, 143, format)
            : YuvFrames.Make(161, 143, format, ColorMatrix.Bt709, ColorRange.Limited, Scene);
        if (format == PixelFormat.Bgr24)
        {
            for (int y = 0; y < 143; y++)
            {
                Span<byte> row = frame.Plane(0).RowSpan(y);
                for (int x = 0; x < 161; x++)
                {
                    (double b, double g, double r) = Scene(x, y);
                    (row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]) = ((byte)(b * 255), (byte)(g * 255), (byte)(r * 255));
                }
            }
        }
        int[][] before = Samples(frame);
        Point2[] landmarks = Faces.At(80, 70, 80, -15);
        MaskedConverter converter = new(new MaskedOptions { Side = 128 });
        float[] face = new float[converter.FaceLength];
        converter.Crop(frame, landmarks, face);
        converter.Paste(frame, landmarks, face);
        // The crop truncates to 8 bits once more for BGR; the cubic weights of a gradient reproduce it.
        Assert.All(before.Zip(Samples(frame)), planes => Assert.All(planes.First.Zip(planes.Second), v => Assert.InRange(v.Second - v.First, -2, 2)));
    }

    [Theory]
    [InlineData(-30, 40)]
    [InlineData(100, 5)]
    [InlineData(200, 150)]
    [InlineData(60, 500)]
    public void FacesPartlyOrWhollyOutsideStayInBounds(double x, double y)
    {
        foreach (PixelFormat format in new[] { PixelFormat.Bgr24, PixelFormat.Yuv420P, PixelFormat.Nv12, PixelFormat.Gray8 })
        {
            foreach (MaskType type in Enum.GetValues<MaskType>())
            {
                foreach (int erosion in new[] { 0, 7, -12 })
                {
                    using PooledFrame frame = FramePool.Shared.Rent(119, 77, format);
                    for (int plane = 0; plane < frame.PlaneCount; plane++)
                    {
                        for (int row = 0; row < frame.Plane(plane).Height; row++)
                            frame.Plane(plane).RowSpan(row).Fill(90);
                    }
                    MaskedConverter converter = new(new MaskedOptions { Mask = type, ErosionSize = erosion, BlurSize = 9 });
                    float[] face = new float[converter.FaceLength];
                    Point2[] landmarks = Faces.At(x, y, 90, 33);
                    converter.Crop(frame, landmarks, face);
                    RectI touched = converter.Paste(frame, landmarks, Solid(64, 1, 0, 1));
                    Assert.Equal(touched, touched.IsEmpty ? default : touched.Intersect(new RectI(0, 0, 119, 77)));
                    for (int row = 0; row < 77; row++)
                    {
                        Span<byte> luma = frame.Plane(0).RowSpan(row);
                        for (int column = 0; column < 119; column++)
                        {
                            bool outside = row < touched.Y || row >= touched.Bottom || column < touched.X || column >= touched.Right;
                            Assert.False(outside && luma[column * frame.Plane(0).PixelStride] != 90, $"({column}, {row}) outside {touched} changed");
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Yuv422P)]
    [InlineData(PixelFormat.Nv12)]
    public void AOnePixelFrameIsNoDanger(PixelFormat format)
    {
        using PooledFrame frame = FramePool.Shared.Rent(1, 1, format);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
            frame.Plane(plane).RowSpan(0).Fill(90);
        foreach (MaskType type in Enum.GetValues<MaskType>())
        {
            MaskedConverter converter = new(new MaskedOptions { Mask = type, BlurSize = 3 });
            float[] face = new float[converter.FaceLength];
            converter.Crop(frame, Faces.At(0, 0, 50), face);
            Assert.Equal(new RectI(0, 0, 1, 1), converter.Paste(frame, Faces.At(0, 0, 50), Solid(64, 1, 1, 1)));
            converter.Paste(frame, Faces.At(0, 0, 3), face);
        }
    }

    [Fact]
    public void NothingIsAllocatedAfterTheFirstFaces()
    {
        using PooledFrame yuv = YuvFrames.Make(160, 120, PixelFormat.Yuv420P, ColorMatrix.Bt601, ColorRange.Limited, Scene);
        using PooledFrame bgr = FramePool.Shared.Rent(160, 120, PixelFormat.Bgr24);
        MaskedConverter converter = new(new MaskedOptions { ErosionSize = 3 });
        Point2[] landmarks = Faces.At(80, 60, 60, 5);
        float[] face = new float[converter.FaceLength];
        long allocated = 0;
        for (int i = 0; i < 6; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (Frame frame in new Frame[] { yuv, bgr })
            {
                long inner = GC.GetAllocatedBytesForCurrentThread();
                converter.Crop(frame, landmarks, face);
                converter.Paste(frame, landmarks, face);
                allocated = i == 5 ? allocated + GC.GetAllocatedBytesForCurrentThread() - inner : 0;
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() >= before);
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void WrongInputsAreRefused()
    {
        Assert.Throws<UserErrorException>(() => new MaskedConverter(new MaskedOptions { BlurSize = 999 }));
        Assert.Throws<UserErrorException>(() => MaskedOptions.ParseMask("circle"));
        Assert.Equal(MaskType.FaceHull, MaskedOptions.ParseMask("FaceHull"));
        MaskedConverter converter = new(new MaskedOptions());
        using PooledFrame frame = FramePool.Shared.Rent(50, 50, PixelFormat.Bgr24);
        Assert.Throws<UserErrorException>(() => converter.Paste(frame, new Point2[68], new float[converter.FaceLength]));
        Assert.Throws<ArgumentOutOfRangeException>(() => converter.Paste(frame, Faces.At(25, 25, 30), new float[5]));
        float[] broken = new float[converter.FaceLength];
        broken.AsSpan().Fill(float.NaN);
        converter.Paste(frame, Faces.At(25, 25, 30), broken);
        Assert.Equal(0, frame.Plane(0).RowSpan(25)[75]);
    }
}
