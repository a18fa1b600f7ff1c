using System.Numerics;
using System.Runtime.InteropServices;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>The 8-bit mask that the classic converter gives to seamlessClone, and the places that follow from it.</summary>
internal sealed class CloneMask
{
    private const int Erosion = 3; // pixels on each side: OpenCV erodes three times by 3×3
    private byte[] unit = [], eroded = [], scratch = [];

    /// <summary>What of the frame is cloned: the smallest rectangle around the mask; empty when there is nothing to clone.</summary>
    public RectI Source { get; private set; }

    /// <summary>Where the classic call puts it: centred on the middle of the mask's full samples, so up to some pixels aside.</summary>
    public RectI Target { get; private set; }

    /// <summary>Row <paramref name="y"/> of <see cref="Source"/>, 0..255.</summary>
    public ReadOnlySpan<byte> Row(int y) => unit.AsSpan(y * Source.Width, Source.Width);

    /// <summary>The whole mask of <see cref="Source"/>; its outermost pixels, which stay, are 0 after <see cref="DropBorder"/>.</summary>
    public ReadOnlySpan<byte> All => unit.AsSpan(0, Source.Width * Source.Height);

    /// <summary>Row <paramref name="y"/> of the eroded mask, 0..255.</summary>
    public ReadOnlySpan<byte> Eroded(int y) => eroded.AsSpan(y * Source.Width, Source.Width);

    /// <summary>Computes it: min(weight·365, 255), truncated, 0 at the frame's edge.</summary>
    /// <returns>False when no sample is 255 or the rectangle has no inside: then the classic converter blends.</returns>
    public bool Build(FaceMask mask, int width, int height, bool shifted)
    {
        RectI b = mask.Bounds;
        (int left, int top, int right, int bottom) = (int.MaxValue, int.MaxValue, -1, -1);
        (int fullLeft, int fullTop, int fullRight, int fullBottom) = (int.MaxValue, int.MaxValue, -1, -1);
        for (int y = b.Y; y < b.Bottom; y++)
        {
            ReadOnlySpan<float> row = mask.Row(y);
            (int first, int last) = Ends(row, 1f / 365);
            if (first > last)
                continue;
            (int fullFirst, int fullLast) = Ends(row, 255f / 365);
            if (fullFirst <= fullLast)
            {
                (fullLeft, fullRight) = (Math.Min(fullLeft, b.X + fullFirst), Math.Max(fullRight, b.X + fullLast));
                (fullTop, fullBottom) = (Math.Min(fullTop, y), y);
            }
            (first, last) = (Math.Max(b.X + first, 1), Math.Min(b.X + last, width - 2));
            if (y == 0 || y == height - 1 || first > last)
                continue;
            (left, right) = (Math.Min(left, first), Math.Max(right, last));
            (top, bottom) = (Math.Min(top, y), y);
        }
        RectI source = new(left, top, right - left + 1, bottom - top + 1);
        Source = default;
        if (fullRight < 0 || right < 0 || source.Width < 3 || source.Height < 3)
            return false;
        Source = source;
        int centerX = (fullLeft + fullRight) / 2, centerY = (fullTop + fullBottom) / 2;
        Target = !shifted ? source : source with
        {
            X = Math.Clamp(centerX - (source.Width / 2), 0, width - source.Width),
            Y = Math.Clamp(centerY - (source.Height / 2), 0, height - source.Height),
        };
        Fill(mask);
        Erode();
        return true;
    }

    /// <summary>Clears the outermost pixels of the mask.</summary>
    public void DropBorder()
    {
        Span<byte> mask = unit.AsSpan(0, Source.Width * Source.Height);
        mask[..Source.Width].Clear();
        mask[^Source.Width..].Clear();
        for (int y = 0; y < Source.Height; y++)
            mask[y * Source.Width] = mask[((y + 1) * Source.Width) - 1] = 0;
    }

    private static (int First, int Last) Ends(ReadOnlySpan<float> row, float least)
    {
        int first = 0, last = row.Length - 1;
        while (first <= last && !(row[first] >= least))
            first++;
        while (last >= first && !(row[last] >= least))
            last--;
        return (first, last);
    }

    private void Fill(FaceMask mask)
    {
        Span<byte> to = Ensure(ref unit, Source.Width * Source.Height);
        for (int y = 0; y < Source.Height; y++)
        {
            ReadOnlySpan<float> from = mask.Row(Source.Y + y)[(Source.X - mask.Bounds.X)..];
            Span<byte> row = to.Slice(y * Source.Width, Source.Width);
            for (int x = 0; x < row.Length; x++)
                row[x] = (byte)Math.Min(from[x] * 365f, 255f);
        }
    }

    // The least of 7×7, across and then down; beyond the rectangle the mask is 0.
    private void Erode()
    {
        int width = Source.Width, height = Source.Height, pitch = width + (2 * Erosion) + Vector<byte>.Count;
        Span<byte> padded = Ensure(ref scratch, (height + (2 * Erosion)) * pitch);
        padded.Clear();
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = padded.Slice((y + Erosion) * pitch, pitch);
            Row(y).CopyTo(row[Erosion..]);
            for (int x = 0; x < width; x += Vector<byte>.Count)
            {
                Vector<byte> least = new(row[x..]);
                for (int i = 1; i <= 2 * Erosion; i++)
                    least = Vector.Min(least, new Vector<byte>(row[(x + i)..]));
                least.CopyTo(row[x..]);
            }
        }
        Span<byte> to = Ensure(ref eroded, (width * height) + Vector<byte>.Count);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x += Vector<byte>.Count)
            {
                Vector<byte> least = new(padded[((y * pitch) + x)..]);
                for (int i = 1; i <= 2 * Erosion; i++)
                    least = Vector.Min(least, new Vector<byte>(padded[(((y + i) * pitch) + x)..]));
                // Beyond the row's end this writes what the next row replaces.
                least.CopyTo(to[((y * width) + x)..]);
            }
        }
    }

    private static Span<byte> Ensure(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new byte[length + (length / 2)];
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(buffer), length);
    }
}
