using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

/// <summary>Rows that are taken eight pixels at a time have the bits of those taken pixel by pixel, as rows of fewer than eight are.</summary>
public sealed unsafe class YuvLanesTests
{
    private const int Width = 173, Height = 61;

    // Pixels of the face to one of the frame, and how it is turned: from large and level to smaller than the lanes can take, and upside down.
    public static TheoryData<double, double, int> Maps => new()
    {
        { 0.23, 0, 64 }, { 0.23, 7, 64 }, { 0.31, -25, 64 }, { 0.45, 40, 128 }, { 0.6, 3, 64 }, { 0.95, 88, 64 }, { 1.7, 12, 128 }, { 0.4, 180, 16 }, { 0.05, 133, 4 },
    };

    [SkippableTheory]
    [MemberData(nameof(Maps))]
    public void Luma_and_chroma_are_those_of_single_pixels(double scale, double degrees, int side)
    {
        Skip.IfNot(CubicLanes.IsSupported, "this processor has no AVX2 with FMA");
        Check<byte>(PixelFormat.Yuv420P, scale, degrees, side);
        Check<ushort>(PixelFormat.Yuv420P.WithDepth(16), scale, degrees, side);
    }

    private static void Check<T>(PixelFormat format, double scale, double degrees, int side) where T : unmanaged
    {
        Random random = new(3);
        FacePatch patch = new(side);
        float[] face = new float[side * side * 3];
        for (int i = 0; i < face.Length; i++)
            face[i] = random.NextSingle();
        using PooledFrame whole = Noise(5, format), parts = Noise(5, format);
        YuvSource planes = new(whole);
        patch.SetYuv(face, planes.Transform);
        double angle = degrees * Math.PI / 180, cos = scale * Math.Cos(angle), sin = scale * Math.Sin(angle), middle = side / 2.0;
        Affine map = new(cos, -sin, middle - (cos * Width / 2) + (sin * Height / 2), sin, cos, middle - (sin * Width / 2) - (cos * Height / 2));
        int[] columns = new int[2 * Width];
        FixedWarp.Columns(map, 0, columns.AsSpan(0, Width), columns.AsSpan(Width));
        float[][] weights = [.. Enumerable.Range(0, Height).Select(_ => Weights(random))], same = [.. weights.Select(w => (float[])w.Clone())];
        Rows<T>(whole, patch, map, columns, weights, Width);
        Rows<T>(parts, patch, map, columns, same, CubicLanes.Count - 1);
        Assert.Equal(weights, same);
        using PooledFrame before = Noise(5, format);
        for (int plane = 0; plane < whole.PlaneCount; plane++)
        {
            bool changed = false;
            for (int y = 0; y < whole.Plane(plane).Height; y++)
            {
                Assert.Equal(parts.Plane(plane).RowSpan(y).ToArray(), whole.Plane(plane).RowSpan(y).ToArray());
                changed |= !whole.Plane(plane).RowSpan(y).SequenceEqual(before.Plane(plane).RowSpan(y));
            }
            Assert.True(changed, $"nothing was blended into plane {plane}");
        }
    }

    // In slices of a length; those of chroma are twice as long, so that they hold as many samples.
    private static void Rows<T>(PooledFrame frame, FacePatch patch, Affine map, int[] columns, float[][] weights, int length) where T : unmanaged
    {
        YuvSource planes = new(frame);
        fixed (int* columnX = columns)
        {
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x += length)
                    YuvPaste.LumaRow<T>(planes.Luma, y, x, weights[y].AsSpan(x, Math.Min(length, Width - x)), patch, map, columnX, columnX + Width, planes.Transform);
            }
        }
        for (int row = 0; row < (Height + 1) / 2; row++)
        {
            int rows = (2 * row) + 1 < Height ? 2 : 1;
            for (int x = 0; x < Width; x += 2 * length)
            {
                int part = Math.Min(2 * length, Width - x);
                YuvPaste.ChromaRow<T>(planes, row, x, weights[2 * row].AsSpan(x, part), rows == 2 ? weights[(2 * row) + 1].AsSpan(x, part) : default, rows, patch, map);
            }
        }
    }

    // Most of them 1, as in the middle of a face, with runs of edge and of nothing.
    private static float[] Weights(Random random)
    {
        float[] weights = new float[Width];
        for (int x = 0; x < Width;)
        {
            int kind = random.Next(4), length = random.Next(1, 40);
            for (; length > 0 && x < Width; length--)
                weights[x++] = kind switch { 0 => 0, 1 => random.NextSingle(), _ => 1 };
        }
        return weights;
    }

    private static PooledFrame Noise(int seed, PixelFormat format)
    {
        Random random = new(seed);
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, format);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            for (int y = 0; y < frame.Plane(plane).Height; y++)
                random.NextBytes(frame.Plane(plane).RowSpan(y));
        }
        return frame;
    }
}
