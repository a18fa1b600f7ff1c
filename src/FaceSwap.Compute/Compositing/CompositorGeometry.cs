using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute;

/// <summary>Which part of a frame a face's conversion reads and which it may change.</summary>
public static class CompositorGeometry
{
    /// <summary>
    /// A rectangle around every pixel that may change: the mask's bounds grown by dilation and blur, within the frame, with even edges (so that it
    /// has whole samples of chroma) except where it ends with the frame. Empty when the face lies outside.
    /// </summary>
    /// <param name="spec">Mask, erosion, blur.</param>
    /// <param name="toSquare">From frame pixels to the network's square.</param>
    /// <param name="corners">The hull.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="height">Height of the frame.</param>
    public static RectI Touched(in CompositorSpec spec, Affine toSquare, ReadOnlySpan<PointI> corners, int width, int height)
    {
        RectI bounds = new(0, 0, width, height);
        if (spec.Mask != MaskType.FaceHull)
            bounds = bounds.Intersect(FixedWarp.SquareBounds(toSquare, spec.Side));
        if (spec.Mask != MaskType.Rect)
        {
            int left = int.MaxValue, top = int.MaxValue, right = int.MinValue, bottom = int.MinValue;
            foreach (PointI corner in corners)
            {
                (left, right) = (Math.Min(left, corner.X), Math.Max(right, corner.X));
                (top, bottom) = (Math.Min(top, corner.Y), Math.Max(bottom, corner.Y));
            }
            bounds = bounds.Intersect(new RectI(left, top, right - left + 1, bottom - top + 1));
        }
        if (bounds.IsEmpty)
            return default;
        int box = spec.Box, grow = (Math.Max(-spec.ErosionSize, 0) / 2) + (box / 2);
        RectI grown = new RectI(bounds.X - grow, bounds.Y - grow, bounds.Width + (2 * grow), bounds.Height + (2 * grow))
            .Intersect(new RectI(0, 0, width, height));
        return OutwardTo(grown, 2, width, height);
    }

    /// <summary>The touched rectangle with what the filters read around it.</summary>
    /// <param name="spec">Which filters.</param>
    /// <param name="touched">Within the frame.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="height">Height of the frame.</param>
    public static RectI Canvas(in CompositorSpec spec, RectI touched, int width, int height)
    {
        int radius = spec.Radius;
        return touched.IsEmpty ? default : new RectI(touched.X - radius, touched.Y - radius, touched.Width + (2 * radius), touched.Height + (2 * radius))
            .Intersect(new RectI(0, 0, width, height));
    }

    /// <summary>The pixels that the crop reads: the part of the frame under the network's square, with those that interpolation needs.</summary>
    /// <param name="toSquare">From frame pixels to the network's square.</param>
    /// <param name="side">Side of the square.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="height">Height of the frame.</param>
    public static RectI CropRegion(Affine toSquare, int side, int width, int height)
    {
        // Positions beyond the frame's edge read the edge (luma and chroma are clamped there), hence at least one pixel. Halved chroma reaches two further.
        RectI around = FixedWarp.SquareBounds(toSquare, side);
        int left = Math.Clamp(around.X - 3, 0, width - 1), top = Math.Clamp(around.Y - 3, 0, height - 1);
        int right = Math.Clamp(around.Right + 3, left + 1, width), bottom = Math.Clamp(around.Bottom + 3, top + 1, height);
        return OutwardTo(new RectI(left, top, right - left, bottom - top), 2, width, height);
    }

    /// <summary>The smallest rectangle around both; an empty one counts for nothing.</summary>
    public static RectI Union(RectI a, RectI b)
    {
        if (a.IsEmpty || b.IsEmpty)
            return a.IsEmpty ? b : a;
        int x = Math.Min(a.X, b.X), y = Math.Min(a.Y, b.Y);
        return new RectI(x, y, Math.Max(a.Right, b.Right) - x, Math.Max(a.Bottom, b.Bottom) - y);
    }

    /// <summary>Moves the edges outward to multiples of a number, or to the frame's end.</summary>
    /// <param name="rect">Within the frame.</param>
    /// <param name="multiple">1 or more.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="height">Height of the frame.</param>
    public static RectI OutwardTo(RectI rect, int multiple, int width, int height)
    {
        if (rect.IsEmpty)
            return default;
        int left = rect.X / multiple * multiple, top = rect.Y / multiple * multiple;
        int right = Math.Min((rect.Right + multiple - 1) / multiple * multiple, width);
        int bottom = Math.Min((rect.Bottom + multiple - 1) / multiple * multiple, height);
        return new RectI(left, top, right - left, bottom - top);
    }

    /// <summary>The part of a plane under a rectangle of the frame: first byte in a row, bytes a row, first row, rows.</summary>
    /// <param name="format">The frame's layout.</param>
    /// <param name="plane">0 to 2.</param>
    /// <param name="rect">In pixels of the frame, starting at even coordinates.</param>
    public static (int FirstByte, int Bytes, int FirstRow, int Rows) PlanePart(PixelFormat format, int plane, RectI rect)
    {
        (int step0, int step1, int shiftX, int shiftY) = CompositorSlot.Layout(format);
        if (plane == 0)
            return (rect.X * step0, rect.Width * step0, rect.Y, rect.Height);
        int first = rect.X >> shiftX, columns = ((rect.Right + shiftX) >> shiftX) - first;
        int top = rect.Y >> shiftY, rows = ((rect.Bottom + shiftY) >> shiftY) - top;
        return (first * step1, columns * step1, top, rows);
    }
}

/// <summary>
/// How <see cref="IFaceCompositor.Pack"/> lays out a touched rectangle: plane after plane, row after row, each row from a multiple of 4 bytes of the packed output on, with as
/// many bytes before its first sample (0 to 3) as there are in the plane since a multiple of 4, so that both sides are copied in whole words.
/// </summary>
public static class PackedRectangle
{
    /// <summary>Bytes of a rectangle of a frame.</summary>
    public static long Bytes(PixelFormat format, RectI touched)
    {
        long bytes = 0;
        for (int plane = 0; plane < format.PlaneCount; plane++)
        {
            var part = CompositorGeometry.PlanePart(format, plane, touched);
            bytes += (long)Pitch(part.FirstByte, part.Bytes) * part.Rows;
        }
        return bytes;
    }

    /// <summary>Copies a packed rectangle into a writable frame.</summary>
    /// <param name="packed">The rectangle's <see cref="Bytes"/> bytes.</param>
    /// <param name="touched">The rectangle.</param>
    /// <param name="frame">Its samples there are overwritten.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, RectI touched, Frame frame)
    {
        int at = 0;
        for (int index = 0; index < frame.PlaneCount; index++)
        {
            PlaneView plane = frame.Plane(index);
            (int firstByte, int bytes, int firstRow, int rows) = CompositorGeometry.PlanePart(frame.Format, index, touched);
            int pitch = Pitch(firstByte, bytes);
            for (int y = 0; y < rows; y++, at += pitch)
                packed.Slice(at + (firstByte & 3), bytes).CopyTo(plane.RowSpan(firstRow + y)[firstByte..]);
        }
    }

    // Bytes from row to row.
    internal static int Pitch(int firstByte, int bytes) => ((firstByte & 3) + bytes + 3) & ~3;
}
