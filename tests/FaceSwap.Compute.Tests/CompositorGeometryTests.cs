using System.Runtime.InteropServices;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Tests;

/// <summary>What a face's conversion reads and writes is what <see cref="CompositorGeometry"/> says, and slots are laid out as the kernels read them.</summary>
public sealed unsafe class CompositorGeometryTests
{
    [Fact]
    public void A_slot_is_laid_out_as_the_kernels_read_it()
    {
        CompositorSlot slot = default;
        byte* start = (byte*)&slot;
        Assert.Equal(1792, sizeof(CompositorSlot));
        Assert.Equal(32, (byte*)&slot.ToSquare - start);
        Assert.Equal(128, (byte*)&slot.Stride0 - start);
        Assert.Equal(160, (byte*)&slot.Left - start);
        Assert.Equal(184, (byte*)&slot.Color - start);
        Assert.Equal(248, (byte*)&slot.Hull - start);
        Assert.Equal(792, (byte*)&slot.SquareHull - start);
        Assert.Equal(64, sizeof(YuvTransform));
        // The order of its numbers is that of the kernels' fs_yuv.
        YuvTransform transform = new(ColorMatrix.Bt709, ColorRange.Limited);
        float* numbers = (float*)&transform;
        Assert.Equal([transform.LumaOffset, transform.LumaSpan, transform.LumaScale, transform.RedV, transform.BlueU, transform.GreenU, transform.GreenV, transform.Kr, transform.Kg,
            transform.Kb, transform.UPerBlue, transform.VPerRed, transform.LumaLow, transform.LumaHigh, transform.ChromaLow, transform.ChromaHigh], new Span<float>(numbers, 16).ToArray());
    }

    // Copies of the parts alone, in memory poisoned in two ways: whatever is read beside them shows as a difference.
    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Nv12)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Yuv422P)]
    [InlineData(PixelFormat.Yuv444P)]
    public void Crop_and_blend_touch_nothing_but_their_region(PixelFormat format)
    {
        Random random = new(7);
        using ReferenceBackend backend = new(1);
        for (int round = 0; round < 60; round++)
        {
            int width = random.Next(1, 70), height = random.Next(1, 60), side = random.Next(4, 24);
            CompositorSpec spec = new(1, side, (MaskType)random.Next(3), random.Next(-6, 5), random.Next(0, 9), ColorAdjust.Histogram, ElementType.Float32, width, height);
            double size = random.Next(2, 90), x = random.Next(-20, width + 20), y = random.Next(-20, height + 20);
            Affine map = Rotation(random.NextDouble() * 360, side / size, x, y, side);
            Point2[] points = [.. Enumerable.Range(0, 68).Select(_ => new Point2(x + ((random.NextDouble() - 0.5) * size * 1.3), y + ((random.NextDouble() - 0.5) * size * 1.3)))];
            byte[] whole = new byte[FrameLayout.Bytes(width, height, format)];
            random.NextBytes(whole);
            (byte[] Result, float[] Crop) first = Convert(backend, spec, format, width, height, map, points, whole, 0), second = Convert(backend, spec, format, width, height, map, points, whole, 255);
            Assert.Equal(first.Crop, second.Crop);
            Assert.Equal(first.Result, second.Result);
        }
    }

    [Fact]
    public void Rectangles_lie_in_the_frame_and_have_even_edges()
    {
        Random random = new(3);
        for (int round = 0; round < 400; round++)
        {
            int width = random.Next(1, 90), height = random.Next(1, 90);
            CompositorSpec spec = new(1, 64, (MaskType)random.Next(3), random.Next(-30, 30), random.Next(0, 40), ColorAdjust.None, ElementType.Float32, 90, 90);
            Affine map = Rotation(random.Next(360), random.NextDouble() * 3, random.Next(-50, 140), random.Next(-50, 140), 64);
            Point2[] points = [.. Enumerable.Range(0, 68).Select(_ => new Point2(random.Next(-50, 140), random.Next(-50, 140)))];
            CompositorSlot slot = CompositorSlot.Create(spec, new FramePlanes(PixelFormat.Nv12, width, height, default, default, 0, 0), map, points);
            foreach (RectI rect in new[] { slot.Touched, CompositorGeometry.CropRegion(map, 64, width, height) })
            {
                Assert.Equal(rect, rect.Intersect(new RectI(0, 0, width, height)));
                Assert.True(rect.X % 2 == 0 && rect.Y % 2 == 0);
                Assert.True(rect.IsEmpty || ((rect.Right % 2 == 0 || rect.Right == width) && (rect.Bottom % 2 == 0 || rect.Bottom == height)));
            }
        }
    }

    [Fact]
    public void Wrong_specs_are_refused()
    {
        using ReferenceBackend backend = new(1);
        CompositorSpec good = new(1, 64, MaskType.Rect, 0, 2, ColorAdjust.None, ElementType.Float32, 64, 64);
        Assert.Throws<UserErrorException>(() => backend.CreateCompositor(good with { BlurSize = 256 }));
        Assert.Throws<UserErrorException>(() => backend.CreateCompositor(good with { ErosionSize = -256 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CreateCompositor(good with { Slots = 0 }));
        Assert.Throws<ArgumentException>(() => CompositorSlot.Create(good, new FramePlanes(PixelFormat.Gray8, 65, 64, default, default, 0, 0), Affine.Identity, []));
        CompositorSlot slot = default;
        Assert.Equal(-1, slot.Packed);
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Packed = 2);
    }

    private static Affine Rotation(double degrees, double scale, double x, double y, int side)
    {
        double cos = Math.Cos(degrees * Math.PI / 180) * Math.Max(scale, 0.01), sin = Math.Sin(degrees * Math.PI / 180) * Math.Max(scale, 0.01);
        return new Affine(cos, sin, (side / 2.0) - (cos * x) - (sin * y), -sin, cos, (side / 2.0) + (sin * x) - (cos * y));
    }

    // A frame of which only the region has its samples, everything else the poison; returns the region after the blend, and the crop.
    private static (byte[] Result, float[] Crop) Convert(IBackend backend, CompositorSpec spec, PixelFormat format, int width, int height, Affine map, Point2[] points, byte[] whole, byte poison)
    {
        using IFaceCompositor compositor = backend.CreateCompositor(spec)!;
        using DeviceBuffer memory = backend.Allocate(whole.Length, "frame"), slots = backend.Allocate(sizeof(CompositorSlot), "slot"), face = backend.Allocate(spec.ImageCount * sizeof(float), "face");
        Span<byte> samples = HostSpan.Managed(memory.Span<byte>());
        samples.Fill(poison);
        CompositorSlot slot = CompositorSlot.Create(spec, Planes(format, width, height, memory.Address), map, points);
        RectI region = CompositorGeometry.Union(CompositorGeometry.CropRegion(map, spec.Side, width, height), slot.Touched);
        List<byte> result = [];
        void ForRegion(Action<int, int> rows)
        {
            int at = 0;
            (int Width, int Height, int PixelStride)[] sizes = FrameLayout.PlaneSizes(width, height, format);
            for (int plane = 0; plane < sizes.Length; plane++)
            {
                int stride = ((sizes[plane].Width * sizes[plane].PixelStride) + 63) & ~63;
                var part = CompositorGeometry.PlanePart(format, plane, region);
                for (int y = part.FirstRow; y < part.FirstRow + part.Rows; y++)
                    rows(at + (y * stride) + part.FirstByte, part.Bytes);
                at += stride * sizes[plane].Height;
            }
        }

        ForRegion((at, bytes) => whole.AsSpan(at, bytes).CopyTo(HostSpan.Managed(memory.Span<byte>())[at..]));
        backend.Upload([slot], slots.Span<CompositorSlot>());
        compositor.Crop(slots.Span<CompositorSlot>(), face.Span<byte>());
        float[] crop = MemoryMarshal.Cast<byte, float>(HostSpan.Managed(face.Span<byte>())).ToArray();
        compositor.Blend(slots.Span<CompositorSlot>(), face.Span<float>());
        ForRegion((at, bytes) => result.AddRange(HostSpan.Managed(memory.Span<byte>()).Slice(at, bytes)));
        return ([.. result], crop);
    }

    private static FramePlanes Planes(PixelFormat format, int width, int height, nint address)
    {
        nint[] planes = new nint[3];
        int[] strides = new int[3];
        (int Width, int Height, int PixelStride)[] sizes = FrameLayout.PlaneSizes(width, height, format);
        for (int i = 0; i < sizes.Length; i++)
        {
            (planes[i], strides[i]) = (address, ((sizes[i].Width * sizes[i].PixelStride) + 63) & ~63);
            address += (nint)strides[i] * sizes[i].Height;
        }
        return new FramePlanes(format, width, height, ColorMatrix.Bt601, ColorRange.Limited, planes[0], strides[0], planes[1], planes[2], strides[1]);
    }
}
