using System.Buffers;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Warps of one plane of 8-bit samples, equal to OpenCV's warpAffine with bilinear interpolation and a constant border of 0.</summary>
internal static unsafe class GrayWarp
{
    private const int Steps = FixedWarp.Steps, Mask = Steps - 1, Half = Steps * Steps / 2, Shift = 2 * FixedWarp.FractionBits;

    /// <summary>Fills the target plane.</summary>
    /// <param name="source">One byte a pixel.</param>
    /// <param name="toSource">From target to source pixels.</param>
    /// <param name="target">One byte a pixel; overwritten.</param>
    public static void Fill(PlaneView source, Affine toSource, PlaneView target)
    {
        int width = target.Width;
        int[] columns = ArrayPool<int>.Shared.Rent(2 * width);
        Span<int> columnX = columns.AsSpan(0, width), columnY = columns.AsSpan(width, width);
        FixedWarp.Columns(toSource, 0, columnX, columnY);
        for (int y = 0; y < target.Height; y++)
        {
            (int rowX, int rowY) = FixedWarp.Row(toSource, y);
            byte* to = target.Row(y);
            for (int x = 0; x < width; x++)
                to[x] = Sample(source, FixedWarp.Coordinate(columnX[x], rowX), FixedWarp.Coordinate(columnY[x], rowY));
        }
        ArrayPool<int>.Shared.Return(columns);
    }

    private static byte Sample(PlaneView source, int fixedX, int fixedY)
    {
        int x = fixedX >> FixedWarp.FractionBits, y = fixedY >> FixedWarp.FractionBits;
        int right = fixedX & Mask, low = fixedY & Mask;
        if ((uint)x < (uint)(source.Width - 1) && (uint)y < (uint)(source.Height - 1))
        {
            byte* upper = source.Row(y) + x, lower = upper + source.Stride;
            int top = (upper[0] * (Steps - right)) + (upper[1] * right), bottom = (lower[0] * (Steps - right)) + (lower[1] * right);
            return (byte)(((top * (Steps - low)) + (bottom * low) + Half) >> Shift);
        }
        int sum = Half;
        for (int i = 0; i < 4; i++)
        {
            int sx = x + (i & 1), sy = y + (i >> 1);
            if ((uint)sx < (uint)source.Width && (uint)sy < (uint)source.Height)
                sum += source.Row(sy)[sx] * ((i & 1) != 0 ? right : Steps - right) * ((i >> 1) != 0 ? low : Steps - low);
        }
        return (byte)(sum >> Shift);
    }
}
