using System.Numerics;
using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// The blending weights of one face, computed only in the rectangle around the mask. One instance per worker: its buffers grow to the largest
/// face and are reused.
/// </summary>
internal sealed class FaceMask
{
    private readonly SpanShape shape = new();
    private byte[] binary = [];
    private byte[] changed = [];
    private byte[] filtered = [];
    private int[] ones = [];
    private ushort[] columnSums = [];
    private float[] weights = [];
    private RectI binaryBounds;

    /// <summary>The pixels of the frame that have a weight.</summary>
    public RectI Bounds { get; private set; }

    /// <summary>The weights 0..1 of row <paramref name="y"/> of the frame, for the columns of <see cref="Bounds"/>.</summary>
    public Span<float> Row(int y) => weights.AsSpan((y - Bounds.Y) * Bounds.Width, Bounds.Width);

    /// <summary>Computes the weights of a face.</summary>
    /// <param name="options">Type, blur and erosion.</param>
    /// <param name="toSquare">From frame pixels to the network's square.</param>
    /// <param name="landmarks">68 points in frame pixels.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="height">Height of the frame.</param>
    /// <param name="columnX">The warp's contributions of the frame's columns to x.</param>
    /// <param name="columnY">The same to y.</param>
    public void Build(MaskedOptions options, Affine toSquare, ReadOnlySpan<Point2> landmarks, int width, int height,
        ReadOnlySpan<int> columnX, ReadOnlySpan<int> columnY)
    {
        if (options.Mask == MaskType.Rect)
        {
            shape.SetSquare(toSquare, options.Side, width, height, columnX, columnY);
        }
        else
        {
            shape.SetHull(landmarks, width, height);
            if (options.Mask == MaskType.FaceHullAndRect)
                shape.ClipToSquare(toSquare, options.Side, columnX, columnY);
        }
        RectI frame = new(0, 0, width, height);
        RectI tight = shape.Bounds();
        if (tight.IsEmpty)
        {
            Bounds = default;
            return;
        }
        int grow = Math.Max(-options.ErosionSize, 0);
        binaryBounds = new RectI(tight.X - grow, tight.Y - grow, tight.Width + (2 * grow), tight.Height + (2 * grow)).Intersect(frame);
        FillBinary();
        if (options.ErosionSize != 0)
        {
            EllipseMorphology.Apply(binary, Ensure(ref changed, binaryBounds.Width * binaryBounds.Height), binaryBounds, frame, options.ErosionSize,
                Ensure(ref filtered, binaryBounds.Width * (binaryBounds.Height + 1)), Ensure(ref ones, binaryBounds.Width + 1));
            (binary, changed) = (changed, binary);
        }
        Blur(options.BlurSize, width, height);
    }

    private void FillBinary()
    {
        Ensure(ref binary, binaryBounds.Width * binaryBounds.Height);
        for (int y = 0; y < binaryBounds.Height; y++)
        {
            Span<byte> row = binary.AsSpan(y * binaryBounds.Width, binaryBounds.Width);
            row.Clear();
            int at = binaryBounds.Y + y;
            if (at < shape.Top || at >= shape.Top + shape.Height)
                continue;
            (int first, int last) = shape.Row(at);
            if (first <= last)
                row[(first - binaryBounds.X)..(last - binaryBounds.X + 1)].Fill(1);
        }
    }

    // OpenCV's normalised box filter: anchor n/2, border mirrored without its edge. Sums of ones are exact in 16 bits up to n = 255.
    private void Blur(int n, int width, int height)
    {
        n = Math.Max(n, 1);
        int anchor = n / 2, after = n - 1 - anchor;
        RectI b = binaryBounds;
        RectI bounds = new RectI(b.X - after, b.Y - after, b.Width + n - 1, b.Height + n - 1).Intersect(new RectI(0, 0, width, height));
        Bounds = bounds;
        // Column x of the frame stands at x − bounds.X + anchor; the vector loop below may read a register beyond the end.
        int columns = bounds.Width + n - 1;
        Span<ushort> sums = Ensure(ref columnSums, columns + Vector<ushort>.Count);
        sums.Clear();
        for (int i = 0; i < n; i++)
            AddRow(sums, Mirror(bounds.Y - anchor + i, height), bounds.X - anchor, anchor, columns, width, 1);
        Ensure(ref weights, bounds.Width * bounds.Height);
        float scale = 1f / (n * n);
        for (int y = bounds.Y; y < bounds.Bottom; y++)
        {
            Across(sums, Row(y), n, scale);
            AddRow(sums, Mirror(y - anchor, height), bounds.X - anchor, anchor, columns, width, -1);
            AddRow(sums, Mirror(y - anchor + n, height), bounds.X - anchor, anchor, columns, width, 1);
        }
    }

    private void AddRow(Span<ushort> sums, int y, int firstColumn, int anchor, int columns, int width, int sign)
    {
        RectI b = binaryBounds;
        if (y < b.Y || y >= b.Bottom)
            return;
        ReadOnlySpan<byte> row = binary.AsSpan((y - b.Y) * b.Width, b.Width);
        Span<ushort> target = sums.Slice(b.X - firstColumn, b.Width);
        for (int i = 0; i < row.Length; i++)
            target[i] = (ushort)(target[i] + (sign * row[i]));
        // Columns beyond the frame's edges mirror those inside.
        for (int x = firstColumn; x < 0; x++)
            AddMirrored(sums, row, x, firstColumn, width, sign);
        for (int x = width; x < firstColumn + columns; x++)
            AddMirrored(sums, row, x, firstColumn, width, sign);
    }

    private void AddMirrored(Span<ushort> sums, ReadOnlySpan<byte> row, int x, int firstColumn, int width, int sign)
    {
        int inside = Mirror(x, width) - binaryBounds.X;
        if ((uint)inside < (uint)row.Length)
            sums[x - firstColumn] = (ushort)(sums[x - firstColumn] + (sign * row[inside]));
    }

    private static void Across(ReadOnlySpan<ushort> sums, Span<float> target, int n, float scale)
    {
        int x = 0;
        ReadOnlySpan<ushort> source = sums;
        for (; x <= target.Length - Vector<ushort>.Count; x += Vector<ushort>.Count)
        {
            Vector<ushort> sum = new(source[x..]);
            for (int i = 1; i < n; i++)
                sum += new Vector<ushort>(source[(x + i)..]);
            Vector.Widen(sum, out Vector<uint> low, out Vector<uint> high);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(low)) * scale).CopyTo(target[x..]);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(high)) * scale).CopyTo(target[(x + Vector<uint>.Count)..]);
        }
        for (; x < target.Length; x++)
        {
            int sum = 0;
            for (int i = 0; i < n; i++)
                sum += source[x + i];
            target[x] = sum * scale;
        }
    }

    // Border of OpenCV's BORDER_REFLECT_101.
    private static int Mirror(int position, int size)
    {
        if (size == 1)
            return 0;
        while ((uint)position >= (uint)size)
            position = position < 0 ? -position : (2 * size) - 2 - position;
        return position;
    }

    private static Span<T> Ensure<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new T[length + (length / 2)];
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(buffer), length);
    }
}
