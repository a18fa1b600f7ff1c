using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// A rectangle of a frame as 8-bit B, G, R, for the conversions that work on pixels beside each other. BGR frames are copied; of YUV frames the
/// rectangle alone is converted, of those with more bits too: what they change is added to samples that keep their depth. Writing back changes the pixels that carry a weight and no others: on YUV frames each sample moves by what the
/// color of its pixels changed, so what the canvas left alone stays as it was decoded, to the bit. An instance is scratch memory for
/// one thread and grows to the largest face.
/// </summary>
internal sealed unsafe class FaceCanvas
{
    private byte[] original = [], pixels = [];
    private float[] row = [];
    private float[] changes = [];

    /// <summary>The part of the frame that is held.</summary>
    public RectI Bounds { get; private set; }

    /// <summary>Bytes from one row to the next.</summary>
    public int Stride => Bounds.Width * 3;

    /// <summary>The frame's pixels, (height, width, 3).</summary>
    public Span<byte> Original => original.AsSpan(0, Bounds.Height * Stride);

    /// <summary>What becomes of them, of the same form; at first a copy.</summary>
    public Span<byte> Pixels => pixels.AsSpan(0, Bounds.Height * Stride);

    /// <summary>Takes a rectangle of a frame.</summary>
    /// <param name="frame">Any format; only read.</param>
    /// <param name="bounds">A part of the frame, not empty.</param>
    public void Load(Frame frame, RectI bounds)
    {
        Bounds = bounds;
        int count = bounds.Height * Stride;
        if (original.Length < count)
            (original, pixels) = (GC.AllocateUninitializedArray<byte>(count + (count / 2), pinned: true), GC.AllocateUninitializedArray<byte>(count + (count / 2), pinned: true));
        if (frame.Format == PixelFormat.Bgr24)
        {
            PlaneView plane = frame.Plane(0);
            for (int y = 0; y < bounds.Height; y++)
                plane.RowSpan(bounds.Y + y).Slice(bounds.X * 3, Stride).CopyTo(original.AsSpan(y * Stride));
        }
        else
        {
            LoadYuv(new YuvSource(frame));
        }
        Original.CopyTo(pixels);
    }

    /// <summary>A view of <see cref="Pixels"/> in the frame's coordinates: only its rows and columns within <see cref="Bounds"/> exist.</summary>
    public PlaneView InFrame()
    {
        nint first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pixels));
        return new PlaneView(first - ((nint)Bounds.Y * Stride) - (Bounds.X * 3), Stride, Bounds.Right, Bounds.Bottom, 3);
    }

    /// <summary>Writes pixels back into the frame that they were taken from.</summary>
    /// <param name="writable">The frame.</param>
    /// <param name="area">A part of <see cref="Bounds"/>; nothing outside is touched.</param>
    /// <param name="weights">One number for every pixel of <paramref name="area"/>, row by row: pixels of weight 0 are not written.</param>
    public void Store(Frame writable, RectI area, ReadOnlySpan<byte> weights)
    {
        if (writable.Format == PixelFormat.Bgr24)
        {
            StoreBgr(writable.Plane(0), area, weights);
            return;
        }
        YuvSource source = new(writable);
        int count = area.Width * area.Height;
        if (changes.Length < 2 * count)
            changes = new float[3 * count];
        fixed (float* u = changes)
        {
            float* v = u + count;
            if (source.IsDeep)
                StorePlanes<ushort>(source, area, weights, u, v);
            else
                StorePlanes<byte>(source, area, weights, u, v);
        }
    }

    private void StorePlanes<T>(in YuvSource source, RectI area, ReadOnlySpan<byte> weights, float* u, float* v) where T : unmanaged
    {
        for (int y = 0; y < area.Height; y++)
            StoreLuma<T>(source, area, y, weights.Slice(y * area.Width, area.Width), u + (y * area.Width), v + (y * area.Width));
        if (source.HasChroma)
            ChromaStore.Write<T>(source, area, weights, u, v);
    }

    private void LoadYuv(in YuvSource source)
    {
        if (row.Length < Stride)
            row = GC.AllocateUninitializedArray<float>(Stride * 3 / 2, pinned: true);
        fixed (float* numbers = row)
        {
            // The warp adds a row to its shift: that of the frame, and here also that of the canvas.
            Affine shift = new(1, 0, Bounds.X, 0, 1, Bounds.Y);
            for (int y = 0; y < Bounds.Height; y++)
            {
                YuvWarp.Row(source, shift, y, Bounds.Width, numbers);
                Span<byte> to = original.AsSpan(y * Stride, Stride);
                for (int i = 0; i < to.Length; i++)
                    to[i] = (byte)((numbers[i] * 255f) + 0.5f);
            }
        }
    }

    private void StoreBgr(PlaneView plane, RectI area, ReadOnlySpan<byte> weights)
    {
        for (int y = 0; y < area.Height; y++)
        {
            byte* to = plane.Row(area.Y + y) + ((nint)area.X * 3);
            ReadOnlySpan<byte> from = pixels.AsSpan(At(area, y), area.Width * 3);
            for (int x = 0; x < area.Width; x++)
            {
                if (weights[(y * area.Width) + x] == 0)
                    continue;
                (to[3 * x], to[(3 * x) + 1], to[(3 * x) + 2]) = (from[3 * x], from[(3 * x) + 1], from[(3 * x) + 2]);
            }
        }
    }

    // Changes of the samples: luma is written, U and V are left for their blocks.
    private void StoreLuma<T>(in YuvSource source, RectI area, int y, ReadOnlySpan<byte> weights, float* u, float* v) where T : unmanaged
    {
        YuvTransform t = source.Transform;
        bool rgb = source.IsRgb;
        T* luma = (T*)source.Luma.Row(area.Y + y) + area.X;
        ReadOnlySpan<byte> before = original.AsSpan(At(area, y), area.Width * 3), after = pixels.AsSpan(At(area, y), area.Width * 3);
        float kb = t.Kb, kg = t.Kg, kr = t.Kr, span = t.LumaSpan / 255, perBlue = t.UPerBlue / 255, perRed = t.VPerRed / 255;
        float low = t.LumaLow, high = t.LumaHigh;
        for (int x = 0; x < area.Width; x++)
        {
            u[x] = v[x] = 0;
            if (weights[x] == 0)
                continue;
            int blue = after[3 * x] - before[3 * x], green = after[(3 * x) + 1] - before[(3 * x) + 1], red = after[(3 * x) + 2] - before[(3 * x) + 2];
            if ((blue | green | red) == 0)
                continue;
            float bright = rgb ? green : (kb * blue) + (kg * green) + (kr * red), old = Sample.Value(luma[x]);
            luma[x] = Sample.Truncated<T>(Math.Clamp(old + (span * bright), Math.Min(low, old), Math.Max(high, old)) + 0.5f);
            if (rgb)
            {
                (u[x], v[x]) = (span * blue, span * red);
                continue;
            }
            u[x] = perBlue * (blue - bright);
            v[x] = perRed * (red - bright);
        }
    }

    private int At(RectI area, int y) => ((area.Y - Bounds.Y + y) * Stride) + ((area.X - Bounds.X) * 3);
}
