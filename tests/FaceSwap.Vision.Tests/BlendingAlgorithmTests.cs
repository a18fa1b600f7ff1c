using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

/// <summary>The parts of the conversions against their definitions.</summary>
public sealed class BlendingAlgorithmTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(7, 3)]
    [InlineData(33, 48)]
    [InlineData(240, 171)]
    public void ThePoissonEquationHolds(int width, int height)
    {
        PoissonSolver solver = new();
        solver.SetSize(5, 4);
        solver.SetSize(width, height);
        Random random = new(4);
        float[,,] right = new float[3, height, width];
        for (int plane = 0; plane < 3; plane++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                    solver.Row(plane, y)[x] = right[plane, y, x] = (float)(random.NextDouble() - 0.5) * 100;
            }
        }
        solver.Solve();
        for (int plane = 0; plane < 3; plane++)
        {
            double At(int x, int y) => (uint)x < (uint)width && (uint)y < (uint)height ? solver.Row(plane, y)[x] : 0;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                    Assert.Equal(right[plane, y, x], At(x - 1, y) + At(x + 1, y) + At(x, y - 1) + At(x, y + 1) - (4 * At(x, y)), 0.01);
            }
        }
    }

    [Fact]
    public void ReinhardGivesMeanAndDeviationUnderTheMask()
    {
        const int side = 32;
        Random random = new(7);
        float[] crop = new float[side * side * 3], face = new float[side * side * 3];
        bool[] mask = new bool[side * side];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = i % side is > 6 and < 27;
            for (int c = 0; c < 3; c++)
            {
                crop[(3 * i) + c] = 0.4f + (0.1f * c) + (0.1f * random.NextSingle());
                face[(3 * i) + c] = mask[i] ? 0.5f - (0.05f * c) + (0.2f * random.NextSingle()) : 1;
            }
        }
        new MomentTransfer(side).Reinhard(crop, face, mask);
        (double, double)[] wanted = Moments(crop, mask), got = Moments(face, mask);
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(wanted[c].Item1, got[c].Item1, 0.2);
            Assert.Equal(wanted[c].Item2, got[c].Item2, 0.2);
        }
    }

    // Background that a network draws beside the jaw, outside of where colors are measured, ends at the colors of the face that is replaced.
    [Fact]
    public void ReinhardLimitsChromaToTheCrops()
    {
        const int side = 16;
        Random random = new(3);
        float[] crop = new float[side * side * 3], face = new float[side * side * 3];
        bool[] mask = new bool[side * side];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = i % side < 12;
            for (int c = 0; c < 3; c++)
            {
                crop[(3 * i) + c] = 0.3f + (0.1f * c) + (0.1f * random.NextSingle());
                face[(3 * i) + c] = mask[i] ? 0.4f + (0.1f * c) + (0.1f * random.NextSingle()) : c == 0 ? 1 : 0;
            }
        }
        (double, double)[] wanted = Moments(crop, mask);
        new MomentTransfer(side).Reinhard(crop, face, mask);
        for (int i = 0; i < mask.Length; i++)
        {
            (_, float a, float b) = LabColor.FromBgr(face[3 * i], face[(3 * i) + 1], face[(3 * i) + 2]);
            Assert.InRange(a, wanted[1].Item1 - (2.5 * wanted[1].Item2) - 0.5, wanted[1].Item1 + (2.5 * wanted[1].Item2) + 0.5);
            Assert.InRange(b, wanted[2].Item1 - (2.5 * wanted[2].Item2) - 0.5, wanted[2].Item1 + (2.5 * wanted[2].Item2) + 0.5);
        }
    }

    // A blue screen beside the jaw of a turned head, inside the landmarks' hull.
    [Theory]
    [InlineData(ColorAdjust.Reinhard)]
    [InlineData(ColorAdjust.Average)]
    public void BackgroundInsideTheHullsEdgeHasNoSay(ColorAdjust color)
    {
        const int side = 64, strip = 58;
        Point2[] landmarks = Faces.At(80, 70, 60);
        Affine toSquare = FaceAlignment.IntoSquare(FaceAlignment.Align(landmarks), side, 6);
        SpanShape hull = new();
        hull.SetHull([.. landmarks.Select(toSquare.Apply)], side, side);
        Assert.InRange(Enumerable.Range(hull.Top, hull.Height).Sum(y => Math.Max(hull.Row(y).Last - strip, 0)), 50, 400);
        Random random = new(5);
        float[] output = [.. Enumerable.Range(0, side * side * 3).Select(i => 0.25f + (0.1f * (i % 3)) + (0.15f * random.NextSingle()))];
        FaceRecolor recolor = new(new MaskedOptions { Side = side, Color = color });
        float[][] results = [.. new[] { false, true }.Select(blue =>
        {
            using PooledFrame frame = SkinFrame(toSquare, blue ? strip : int.MaxValue);
            return recolor.Apply(frame, toSquare, landmarks, output).ToArray();
        })];
        for (int i = 0; i < output.Length; i++)
            Assert.Equal(results[0][i], results[1][i], 0.004);
        Assert.Contains(Enumerable.Range(0, output.Length), i => Math.Abs(results[0][i] - output[i]) > 0.1);
    }

    // Skin with some contrast, blue where the square's column is at least the strip's.
    private static PooledFrame SkinFrame(Affine toSquare, int strip)
    {
        PooledFrame frame = FramePool.Shared.Rent(160, 150, PixelFormat.Bgr24);
        for (int y = 0; y < 150; y++)
        {
            Span<byte> row = frame.Plane(0).RowSpan(y);
            for (int x = 0; x < 160; x++)
            {
                int light = (x * 7 % 11) + (y * 5 % 13);
                bool blue = toSquare.Apply(new Point2(x, y)).X >= strip;
                (row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]) = blue ? ((byte)250, (byte)60, (byte)30) : ((byte)(110 + light), (byte)(130 + light), (byte)(190 + light));
            }
        }
        return frame;
    }

    private static (double, double)[] Moments(float[] bgr, bool[] mask)
    {
        List<double>[] values = [[], [], []];
        for (int i = 0; i < mask.Length; i++)
        {
            if (!mask[i])
                continue;
            (float l, float a, float b) = LabColor.FromBgr(bgr[3 * i], bgr[(3 * i) + 1], bgr[(3 * i) + 2]);
            values[0].Add(l);
            values[1].Add(a);
            values[2].Add(b);
        }
        return [.. values.Select(v => (v.Average(), Math.Sqrt(v.Average(x => x * x) - (v.Average() * v.Average()))))];
    }

    [Fact]
    public void AnEmptyMaskOrAFlatFaceIsLeftAlone()
    {
        float[] crop = [.. Enumerable.Repeat(0.7f, 12)], face = [.. Enumerable.Repeat(0.2f, 12)];
        new MomentTransfer(2).Reinhard(crop, face, new bool[4]);
        Assert.All(face, v => Assert.Equal(0.2f, v));
        new MomentTransfer(2).Reinhard(crop, face, [true, true, true, true]);
        Assert.All(face, v => Assert.Equal(0.7f, v, 0.005));
        face = [.. Enumerable.Repeat(0.2f, 12)];
        MomentTransfer.Average(crop, face, [true, false, false, false]);
        Assert.All(face, v => Assert.Equal(0.7f, v, 1e-6));
    }

    // Published values of CIE Lab under D65.
    [Theory]
    [InlineData(0, 0, 1, 53.24, 80.09, 67.20)]
    [InlineData(0, 1, 0, 87.73, -86.18, 83.18)]
    [InlineData(1, 0, 0, 32.30, 79.19, -107.86)]
    [InlineData(1, 1, 1, 100, 0, 0)]
    [InlineData(0, 0, 0, 0, 0, 0)]
    public void LabIsThatOfTheStandard(float blue, float green, float red, double l, double a, double b)
    {
        (float gotL, float gotA, float gotB) = LabColor.FromBgr(blue, green, red);
        Assert.Equal(l, gotL, 0.05);
        Assert.Equal(a, gotA, 0.1);
        Assert.Equal(b, gotB, 0.1);
        (float backBlue, float backGreen, float backRed) = LabColor.ToBgr(gotL, gotA, gotB);
        Assert.Equal(blue, backBlue, 0.002);
        Assert.Equal(green, backGreen, 0.002);
        Assert.Equal(red, backRed, 0.002);
    }

    [Theory]
    [InlineData(Sharpening.Box)]
    [InlineData(Sharpening.Gaussian)]
    public void SharpeningFollowsItsDefinition(Sharpening kind)
    {
        const int width = 23, height = 17;
        byte[] before = new byte[width * height * 3];
        new Random(3).NextBytes(before);
        for (int i = 0; i < before.Length; i++)
            before[i] = (byte)(100 + (before[i] % 40));
        byte[] after = [.. before];
        new SharpenFilter().Apply(kind, after, width, height);
        int radius = SharpenFilter.Radius(kind);
        double[] taps = [.. Enumerable.Range(-9, 19).Select(i => Math.Exp(-i * i / 18.0))];
        double sum = taps.Sum();
        int Mirror(int at, int size) => at < 0 ? -at : at >= size ? (2 * size) - 2 - at : at;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double value = 0;
                for (int dy = -radius; dy <= radius; dy++)
                {
                    for (int dx = -radius; dx <= radius; dx++)
                    {
                        byte sample = before[((Mirror(y + dy, height) * width) + Mirror(x + dx, width)) * 3];
                        value += sample * (kind == Sharpening.Box ? (dx == 0 && dy == 0 ? 9 : -1) : taps[dx + 9] * taps[dy + 9] / sum / sum);
                    }
                }
                byte here = before[((y * width) + x) * 3];
                double expected = kind == Sharpening.Box ? value : (1.5 * here) - (0.5 * Math.Round(value));
                Assert.Equal(Math.Clamp(expected, 0, 255), after[((y * width) + x) * 3], 0.51);
            }
        }
    }
}
