using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Warps of BGR frames, equal to OpenCV's warpAffine with bilinear interpolation and a constant border of 0.</summary>
internal static unsafe class BgrWarp
{
    private const int Steps = FixedWarp.Steps, Mask = Steps - 1;

    // Weights are products of two numbers of 0..32 and sum to 1024, so this rounds as OpenCV's 15-bit table of them does.
    private const int Half = Steps * Steps / 2, Shift = 2 * FixedWarp.FractionBits;

    /// <summary>Fills a rectangle, rows <paramref name="stride"/> bytes apart.</summary>
    public static void Fill(PlaneView source, Affine toSource, int width, int height, byte* target, int stride)
    {
        int[] columns = ArrayPool<int>.Shared.Rent(2 * width);
        fixed (int* columnX = columns)
        {
            int* columnY = columnX + width;
            FixedWarp.Columns(toSource, 0, new Span<int>(columnX, width), new Span<int>(columnY, width));
            for (int y = 0; y < height; y++)
            {
                (int rowX, int rowY) = FixedWarp.Row(toSource, y);
                byte* to = target + ((nint)y * stride);
                for (int x = 0; x < width; x++, to += 3)
                    Sample(source, FixedWarp.Coordinate(columnX[x], rowX), FixedWarp.Coordinate(columnY[x], rowY), to);
            }
        }
        ArrayPool<int>.Shared.Return(columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sample(PlaneView source, int fixedX, int fixedY, byte* to)
    {
        int x = fixedX >> FixedWarp.FractionBits, y = fixedY >> FixedWarp.FractionBits;
        int right = fixedX & Mask, low = fixedY & Mask;
        // Eight bytes are read from each row: the two pixels' six and two more that must still lie in the row.
        if (Ssse3.IsSupported && (uint)x < (uint)(source.Width - 2) && source.Width > 2 && (uint)y < (uint)(source.Height - 1))
        {
            byte* from = source.Row(y) + ((nint)x * 3);
            Vector128<byte> pairs = Vector128.Create((byte)0, 3, 1, 4, 2, 5, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255);
            Vector128<sbyte> across = Vector128.Create((short)((Steps - right) | (right << 8))).AsSByte();
            Vector128<short> upper = Ssse3.MultiplyAddAdjacent(Ssse3.Shuffle(Sse2.LoadScalarVector128((ulong*)from).AsByte(), pairs), across);
            Vector128<short> lower = Ssse3.MultiplyAddAdjacent(
                Ssse3.Shuffle(Sse2.LoadScalarVector128((ulong*)(from + source.Stride)).AsByte(), pairs), across);
            Vector128<int> sum = Sse2.MultiplyAddAdjacent(Sse2.UnpackLow(upper, lower), Vector128.Create((Steps - low) | (low << 16)).AsInt16());
            sum = (sum + Vector128.Create(Half)) >> Shift;
            to[0] = (byte)sum.GetElement(0);
            to[1] = (byte)sum.GetElement(1);
            to[2] = (byte)sum.GetElement(2);
            return;
        }
        SampleAtEdge(source, x, y, right, low, to);
    }

    private static void SampleAtEdge(PlaneView source, int x, int y, int right, int low, byte* to)
    {
        int blue = Half, green = Half, red = Half;
        for (int i = 0; i < 4; i++)
        {
            int sx = x + (i & 1), sy = y + (i >> 1);
            if ((uint)sx >= (uint)source.Width || (uint)sy >= (uint)source.Height)
                continue;
            int weight = ((i & 1) != 0 ? right : Steps - right) * ((i >> 1) != 0 ? low : Steps - low);
            byte* pixel = source.Row(sy) + ((nint)sx * 3);
            blue += pixel[0] * weight;
            green += pixel[1] * weight;
            red += pixel[2] * weight;
        }
        to[0] = (byte)(blue >> Shift);
        to[1] = (byte)(green >> Shift);
        to[2] = (byte)(red >> Shift);
    }
}
