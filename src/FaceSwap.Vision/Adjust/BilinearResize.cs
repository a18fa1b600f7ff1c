using System.Runtime.InteropServices;

namespace FaceSwap.Vision;

/// <summary>Bilinear resizing of BGR images in the 11-bit arithmetic of OpenCV's resize with INTER_LINEAR. Scratch memory for one thread.</summary>
internal sealed class BilinearResize
{
    private const int Bits = 11, One = 1 << Bits;
    private int[] places = [], weights = [], upper = [], lower = [];

    /// <summary>Resizes.</summary>
    /// <param name="source">Rows of <paramref name="sourceStride"/> bytes.</param>
    /// <param name="sourceStride">Bytes from one row to the next.</param>
    /// <param name="sourceWidth">Width in pixels.</param>
    /// <param name="sourceHeight">Height in pixels.</param>
    /// <param name="target">Rows of <paramref name="targetStride"/> bytes; overwritten.</param>
    /// <param name="targetStride">Bytes from one row to the next.</param>
    /// <param name="width">Width of the target in pixels.</param>
    /// <param name="height">Height of the target in pixels.</param>
    public void Apply(ReadOnlySpan<byte> source, int sourceStride, int sourceWidth, int sourceHeight, Span<byte> target, int targetStride, int width,
        int height)
    {
        Span<int> columns = Ensure(ref places, width), across = Ensure(ref weights, width);
        Span<int> top = Ensure(ref upper, width * 3), bottom = Ensure(ref lower, width * 3);
        for (int x = 0; x < width; x++)
            (columns[x], across[x]) = Place(x, sourceWidth, width);
        int held = -1;
        for (int y = 0; y < height; y++)
        {
            (int row, int down) = Place(y, sourceHeight, height);
            if (row != held)
            {
                Line(source[(row * sourceStride)..], sourceWidth, columns, across, top);
                Line(source[(Math.Min(row + 1, sourceHeight - 1) * sourceStride)..], sourceWidth, columns, across, bottom);
                held = row;
            }
            Span<byte> to = target.Slice(y * targetStride, width * 3);
            int up = One - down;
            for (int i = 0; i < to.Length; i++)
                to[i] = (byte)((((up * (top[i] >> 4)) >> 16) + ((down * (bottom[i] >> 4)) >> 16) + 2) >> 2);
        }
    }

    private static void Line(ReadOnlySpan<byte> source, int sourceWidth, ReadOnlySpan<int> columns, ReadOnlySpan<int> across, Span<int> line)
    {
        for (int x = 0; x < columns.Length; x++)
        {
            int left = 3 * columns[x], right = 3 * Math.Min(columns[x] + 1, sourceWidth - 1), weight = across[x];
            for (int c = 0; c < 3; c++)
                line[(3 * x) + c] = (source[left + c] * (One - weight)) + (source[right + c] * weight);
        }
    }

    private static (int Place, int Weight) Place(int at, int sourceSize, int size)
    {
        float place = (float)(((at + 0.5) * ((double)sourceSize / size)) - 0.5);
        int whole = (int)MathF.Floor(place);
        if (whole < 0)
            return (0, 0);
        return whole >= sourceSize - 1 ? (sourceSize - 1, 0) : (whole, (int)MathF.Round((place - whole) * One));
    }

    private static Span<int> Ensure(ref int[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new int[length + (length / 2)];
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(buffer), length);
    }
}
