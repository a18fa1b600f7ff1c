using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>One thread's working memory for <see cref="CpuAugment"/>: a transformed image and a row of output. Freed by Dispose.</summary>
internal sealed unsafe class CpuAugmentScratch : IDisposable
{
    private readonly int size;
    private readonly SafeHostMemoryHandle memory;
    private readonly float* image; // (S, S, 4): B, G, R in 0..255 and one value to ignore
    private readonly float* row;   // (s, 3) and 16 values to spare

    public CpuAugmentScratch(in AugmentSpec spec)
    {
        size = spec.FaceSize;
        long imageValues = (long)size * size * 4, rowValues = ((long)spec.OutputSize * 3) + 16;
        memory = SafeHostMemoryHandle.Allocate((imageValues + rowValues) * sizeof(float));
        image = (float*)memory.Address;
        row = image + imageValues;
    }

    /// <summary>Where <see cref="Sample"/> writes: 3 values a pixel.</summary>
    public float* Row => row;

    public void Dispose() => memory.Dispose();

    /// <summary>Computes a region of the transformed image: bilinear with replicated border, which is the same as moving the position into the
    /// image first.</summary>
    /// <param name="face">(S, S, 3) bytes.</param>
    /// <param name="map">From the transformed image to the face.</param>
    /// <param name="region">First and one past the last column and row.</param>
    public void Transform(byte* face, in Affine map, (int Left, int Top, int Right, int Bottom) region)
    {
        int stride = size * 3;
        int* offsets = stackalloc int[8];
        float* rights = stackalloc float[8], bottoms = stackalloc float[8];
        Vector256<float> last = Vector256.Create((float)(size - 1)), steps = Vector256<float>.Indices;
        Vector256<float> stepX = Vector256.Create((float)map.A), stepY = Vector256.Create((float)map.D);
        Vector256<int> lastTop = Vector256.Create(size - 2);
        for (int y = region.Top; y < region.Bottom; y++)
        {
            Vector256<float> rowX = Vector256.Create((float)((map.B * y) + map.C)), rowY = Vector256.Create((float)((map.E * y) + map.F));
            float* output = image + ((((long)y * size) + region.Left) * 4);
            for (int x = region.Left; x < region.Right; x += 8)
            {
                Vector256<float> column = steps + Vector256.Create((float)x);
                Vector256<float> fromX = Vector256.Min(Vector256.Max(Vector256.MultiplyAddEstimate(column, stepX, rowX), Vector256<float>.Zero), last);
                Vector256<float> fromY = Vector256.Min(Vector256.Max(Vector256.MultiplyAddEstimate(column, stepY, rowY), Vector256<float>.Zero), last);
                Vector256<int> left = Vector256.Min(Vector256.ConvertToInt32Native(fromX), lastTop);
                Vector256<int> top = Vector256.Min(Vector256.ConvertToInt32Native(fromY), lastTop);
                ((top * stride) + (left * 3)).Store(offsets);
                (fromX - Vector256.ConvertToSingle(left)).Store(rights);
                (fromY - Vector256.ConvertToSingle(top)).Store(bottoms);
                int count = Math.Min(8, region.Right - x);
                for (int i = 0; i < count; i++, output += 4)
                {
                    // Two neighbours are 6 bytes. The upper row's 8-byte load ends inside the row below it; the lower row's starts 2 bytes
                    // early, inside the row above: neither leaves the face.
                    byte* at = face + offsets[i];
                    Vector256<float> upper = Widen(*(ulong*)at), lower = Widen(*(ulong*)(at + stride - 2) >> 16);
                    Vector256<float> mixed = Vector256.MultiplyAddEstimate(lower - upper, Vector256.Create(bottoms[i]), upper);
                    Vector128<float> first = mixed.GetLower();
                    Vector128<float> second = Vector256.Shuffle(mixed, Vector256.Create(3, 4, 5, 6, 7, 7, 7, 7)).GetLower();
                    Vector128.MultiplyAddEstimate(second - first, Vector128.Create(rights[i]), first).StoreAligned(output);
                }
            }
        }
    }

    /// <summary>Writes the transformed image's value at a position, 0..1, to pixel <paramref name="to"/> of the row: bilinear, 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sample(float x, float y, int to)
    {
        float floorX = MathF.Floor(x), floorY = MathF.Floor(y);
        int left = (int)floorX, top = (int)floorY;
        Vector128<float> upper, lower;
        Vector128<float> right = Vector128.Create(x - floorX);
        if ((uint)left < (uint)(size - 1) && (uint)top < (uint)(size - 1))
        {
            float* at = image + ((((long)top * size) + left) * 4);
            Vector128<float> a = Vector128.LoadAligned(at), b = Vector128.LoadAligned(at + 4);
            upper = Vector128.MultiplyAddEstimate(b - a, right, a);
            at += size * 4L;
            a = Vector128.LoadAligned(at);
            b = Vector128.LoadAligned(at + 4);
            lower = Vector128.MultiplyAddEstimate(b - a, right, a);
        }
        else
        {
            Vector128<float> a = PixelOrZero(left, top), b = PixelOrZero(left + 1L, top);
            upper = Vector128.MultiplyAddEstimate(b - a, right, a);
            a = PixelOrZero(left, top + 1L);
            b = PixelOrZero(left + 1L, top + 1L);
            lower = Vector128.MultiplyAddEstimate(b - a, right, a);
        }
        Vector128<float> value = Vector128.MultiplyAddEstimate(lower - upper, Vector128.Create(y - floorY), upper);
        (value * Vector128.Create(1f / 255f)).Store(row + (3 * to));
    }

    private Vector128<float> PixelOrZero(long x, long y) =>
        (ulong)x < (ulong)size && (ulong)y < (ulong)size ? Vector128.LoadAligned(image + (((y * size) + x) * 4)) : Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(ulong bytes)
    {
        Vector128<byte> eight = Vector128.CreateScalarUnsafe(bytes).AsByte();
        if (Avx2.IsSupported)
            return Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(eight));
        Vector128<ushort> wide = Vector128.WidenLower(eight);
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide)).AsInt32());
    }
}
