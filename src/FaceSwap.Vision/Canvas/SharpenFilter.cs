using System.Numerics;
using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// The classic converter's two sharpening filters, as OpenCV's filter2D, and GaussianBlur with addWeighted, compute them on 8 bits. Edges of the
/// frame mirror; the filters need <see cref="Radius"/> pixels around what is wanted. An instance is scratch memory for one thread.
/// </summary>
internal sealed class SharpenFilter
{
    private const int GaussRadius = 9; // 19 taps: OpenCV's choice for σ = 3 on 8 bits
    private static readonly float[] Gauss = MakeGauss();
    private byte[] before = [];
    private float[] padded = [], lines = [];

    /// <summary>Pixels around a pixel that its result depends on.</summary>
    public static int Radius(Sharpening kind) => kind switch { Sharpening.Box => 1, Sharpening.Gaussian => GaussRadius, _ => 0 };

    /// <summary>Sharpens all pixels; those nearer than <see cref="Radius"/> to an edge of the rectangle that is no edge of the frame are of no use.</summary>
    /// <param name="kind">The filter.</param>
    /// <param name="pixels">(height, width, 3), replaced.</param>
    /// <param name="width">Width of the rectangle.</param>
    /// <param name="height">Height of the rectangle.</param>
    public void Apply(Sharpening kind, Span<byte> pixels, int width, int height)
    {
        if (kind == Sharpening.Box)
            Box(pixels, width, height);
        else if (kind == Sharpening.Gaussian)
            Gaussian(pixels, width, height);
    }

    private void Box(Span<byte> pixels, int width, int height)
    {
        int stride = width * 3;
        Span<byte> source = Ensure(ref before, pixels.Length);
        pixels.CopyTo(source);
        // Sums of the three rows above each other, of one row at a time, mirrored by a pixel at both ends.
        Span<float> sums = Ensure(ref padded, stride + 6);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> above = source.Slice(Mirror(y - 1, height) * stride, stride), here = source.Slice(y * stride, stride),
                below = source.Slice(Mirror(y + 1, height) * stride, stride);
            for (int i = 0; i < stride; i++)
                sums[i + 3] = above[i] + here[i] + below[i];
            Pad(sums, width, 1);
            Span<byte> to = pixels.Slice(y * stride, stride);
            for (int i = 0; i < stride; i++)
                to[i] = (byte)Math.Clamp((10 * here[i]) - (int)(sums[i] + sums[i + 3] + sums[i + 6]), 0, 255);
        }
    }

    private void Gaussian(Span<byte> pixels, int width, int height)
    {
        int stride = width * 3, pitch = stride + Vector<float>.Count;
        // Across: each row mirrored at both ends, its weighted sums one row of `lines`.
        Span<float> row = Ensure(ref padded, stride + (6 * GaussRadius) + Vector<float>.Count), across = Ensure(ref lines, height * pitch);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> from = pixels.Slice(y * stride, stride);
            for (int i = 0; i < stride; i++)
                row[i + (3 * GaussRadius)] = from[i];
            Pad(row, width, GaussRadius);
            Span<float> to = across.Slice(y * pitch, pitch);
            for (int i = 0; i < stride; i += Vector<float>.Count)
            {
                Vector<float> sum = Vector<float>.Zero;
                for (int tap = 0; tap < Gauss.Length; tap++)
                    sum = Vector.MultiplyAddEstimate(new Vector<float>(row[(i + (3 * tap))..]), new Vector<float>(Gauss[tap]), sum);
                sum.CopyTo(to[i..]);
            }
        }
        for (int y = 0; y < height; y++)
        {
            Span<byte> to = pixels.Slice(y * stride, stride);
            for (int i = 0; i < stride; i += Vector<float>.Count)
            {
                Vector<float> sum = Vector<float>.Zero;
                for (int tap = 0; tap < Gauss.Length; tap++)
                {
                    int line = Mirror(y + tap - GaussRadius, height);
                    sum = Vector.MultiplyAddEstimate(new Vector<float>(across[((line * pitch) + i)..]), new Vector<float>(Gauss[tap]), sum);
                }
                int count = Math.Min(Vector<float>.Count, stride - i);
                for (int k = 0; k < count; k++)
                {
                    float blurred = MathF.Round(sum[k]);
                    to[i + k] = (byte)Math.Clamp(MathF.Round((1.5f * to[i + k]) - (0.5f * blurred)), 0, 255);
                }
            }
        }
    }

    // Columns before the first and after the last of a row that begins at 3·radius.
    private static void Pad(Span<float> row, int width, int radius)
    {
        for (int i = 1; i <= radius; i++)
        {
            int left = Mirror(-i, width), right = Mirror(width - 1 + i, width);
            for (int c = 0; c < 3; c++)
            {
                row[(3 * (radius - i)) + c] = row[(3 * (radius + left)) + c];
                row[(3 * (radius + width - 1 + i)) + c] = row[(3 * (radius + right)) + c];
            }
        }
    }

    // Border of OpenCV's BORDER_REFLECT_101.
    private static int Mirror(int position, int size)
    {
        while ((uint)position >= (uint)size)
        {
            if (size == 1)
                return 0;
            position = position < 0 ? -position : (2 * size) - 2 - position;
        }
        return position;
    }

    private static Span<T> Ensure<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new T[length + (length / 2)];
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(buffer), length);
    }

    private static float[] MakeGauss()
    {
        float[] weights = [.. Enumerable.Range(-GaussRadius, (2 * GaussRadius) + 1).Select(i => (float)Math.Exp(-i * i / 18.0))];
        float sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }
}
