using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute;

/// <summary>A frame's planes in the compositor's memory.</summary>
/// <param name="Format">Layout of the samples.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Matrix">Matrix between YUV and RGB.</param>
/// <param name="Range">Range of the YUV samples.</param>
/// <param name="Plane0">Address of the first sample of the first row of luma (or BGR). Only samples of the crop's region and of the touched rectangle are
/// accessed, so it may lie before the memory that holds those.</param>
/// <param name="Stride0">Bytes from row to row.</param>
/// <param name="Plane1">U, or U and V interleaved; 0 without chroma.</param>
/// <param name="Plane2">V; 0 where U and V are interleaved or without chroma.</param>
/// <param name="Stride1">Bytes from row to row of both chroma planes.</param>
public readonly record struct FramePlanes(PixelFormat Format, int Width, int Height, ColorMatrix Matrix, ColorRange Range, nint Plane0, int Stride0,
    nint Plane1 = 0, nint Plane2 = 0, int Stride1 = 0);

/// <summary>
/// One face of a batch as the compositor reads it from device memory: the frame, the map, the hull, the rectangle. The default value is an empty slot. The
/// kernels' <c>fs_slot</c> is the same struct. Its size is a multiple of 128, so that every slot starts on a line of a GPU's cache.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 1792)]
public struct CompositorSlot
{
    /// <summary>Most corners that a hull of 68 landmarks has.</summary>
    public const int MaxCorners = 68;

    internal long Plane0, Plane1, Plane2;
    internal long PackedAt; // offset + 1: 0, as in an empty slot, is none
    internal Affine ToSquare, ToFrame;
    internal int Stride0, Stride1;
    internal int Width, Height; // width 0: empty slot
    internal int Step0, Step1; // bytes from sample to sample: 3 for BGR, otherwise 1; 0 without chroma, 2 for interleaved chroma
    internal int ShiftX, ShiftY; // 1 where chroma is halved
    internal int Left, Top, Right, Bottom; // touched rectangle, right and bottom exclusive
    internal int Corners, SquareCorners;
    internal YuvTransform Color; // 16 floats
    internal CornerList Hull;
    internal CornerList SquareHull; // of the face's interior in the square: where colors are measured
    internal long CanvasStart; // pixels
    internal int CanvasLeft, CanvasTop, CanvasRight, CanvasBottom;

    /// <summary>True when there is no face.</summary>
    public readonly bool IsEmpty => Width == 0;

    /// <summary>All pixels that may change; starts at even coordinates, and ends at even ones or with the frame.</summary>
    public readonly RectI Touched => new(Left, Top, Right - Left, Bottom - Top);

    /// <summary>What must be there to make the touched pixels: <see cref="Touched"/>, and around it what filters read.</summary>
    public readonly RectI Canvas => new(CanvasLeft, CanvasTop, CanvasRight - CanvasLeft, CanvasBottom - CanvasTop);

    /// <summary>Where its canvas lies in the canvases' memory, in pixels; of no meaning unless <see cref="CompositorSpec.UsesCanvas"/>.</summary>
    public long CanvasAt
    {
        readonly get => CanvasStart;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            CanvasStart = value;
        }
    }

    /// <summary>Where in the packed output the touched rectangle goes, in bytes (a multiple of 4); −1: nowhere.</summary>
    public long Packed
    {
        readonly get => PackedAt - 1;
        set
        {
            if (value < -1 || (value > 0 && value % 4 != 0))
                throw new ArgumentOutOfRangeException(nameof(value), value, "a multiple of 4, or -1");
            PackedAt = value + 1;
        }
    }

    /// <summary>Describes one face.</summary>
    /// <param name="spec">The compositor's.</param>
    /// <param name="frame">The frame that it is in; at most of the spec's size.</param>
    /// <param name="toSquare">From frame pixels to the network's square; invertible.</param>
    /// <param name="landmarks">Up to 68 points in frame pixels whose hull is the mask; of no meaning for a mask of the square alone.</param>
    /// <exception cref="InvalidOperationException">The map is not invertible.</exception>
    public static CompositorSlot Create(in CompositorSpec spec, in FramePlanes frame, Affine toSquare, ReadOnlySpan<Point2> landmarks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(landmarks.Length, MaxCorners, nameof(landmarks));
        if (frame.Width < 1 || frame.Height < 1 || frame.Width > spec.MaxWidth || frame.Height > spec.MaxHeight)
            throw new ArgumentException($"a frame of {frame.Width}×{frame.Height} in a compositor for up to {spec.MaxWidth}×{spec.MaxHeight}", nameof(frame));
        CompositorSlot slot = default;
        (slot.Width, slot.Height) = (frame.Width, frame.Height);
        (slot.Step0, slot.Step1, slot.ShiftX, slot.ShiftY) = Layout(frame.Format);
        slot.Place(frame);
        (slot.ToSquare, slot.ToFrame) = (toSquare, toSquare.Invert());
        slot.Color = new YuvTransform(frame.Matrix, frame.Range);
        Span<PointI> corners = stackalloc PointI[MaxCorners + 1];
        slot.Corners = spec.Mask == Core.MaskType.Rect ? 0 : ConvexHull.OfTruncated(landmarks, corners);
        for (int i = 0; i < slot.Corners; i++)
            (slot.Hull[2 * i], slot.Hull[(2 * i) + 1]) = (corners[i].X, corners[i].Y);
        if (spec.MeasuresColor)
            slot.SetSquareHull(spec, toSquare, landmarks);
        RectI touched = CompositorGeometry.Touched(spec, toSquare, corners[..slot.Corners], frame.Width, frame.Height);
        (slot.Left, slot.Top, slot.Right, slot.Bottom) = (touched.X, touched.Y, touched.Right, touched.Bottom);
        RectI canvas = CompositorGeometry.Canvas(spec, touched, frame.Width, frame.Height);
        (slot.CanvasLeft, slot.CanvasTop, slot.CanvasRight, slot.CanvasBottom) = (canvas.X, canvas.Y, canvas.Right, canvas.Bottom);
        return slot;
    }

    /// <summary>Takes the addresses and strides of another copy of the same frame.</summary>
    public void Place(in FramePlanes frame)
    {
        if (frame.Width != Width || frame.Height != Height || Layout(frame.Format) != (Step0, Step1, ShiftX, ShiftY))
            throw new ArgumentException($"a {frame.Format} frame of {frame.Width}×{frame.Height} is not the slot's", nameof(frame));
        (Plane0, Plane1, Stride0, Stride1) = (frame.Plane0, frame.Plane1, frame.Stride0, frame.Stride1);
        Plane2 = frame.Format == PixelFormat.Nv12 ? frame.Plane1 + 1 : frame.Plane2;
    }

    private void SetSquareHull(in CompositorSpec spec, Affine toSquare, ReadOnlySpan<Point2> landmarks)
    {
        if (spec.Mask == Core.MaskType.Rect)
            return;
        Span<Point2> inSquare = stackalloc Point2[landmarks.Length];
        FaceInterior.InSquare(toSquare, landmarks, inSquare);
        Span<PointI> corners = stackalloc PointI[MaxCorners + 1];
        SquareCorners = ConvexHull.OfTruncated(inSquare, corners);
        for (int i = 0; i < SquareCorners; i++)
            (SquareHull[2 * i], SquareHull[(2 * i) + 1]) = (corners[i].X, corners[i].Y);
    }

    // Step of luma or BGR, step of chroma, and whether chroma is halved across and down.
    internal static (int Step0, int Step1, int ShiftX, int ShiftY) Layout(PixelFormat format) => format switch
    {
        PixelFormat.Gray8 => (1, 0, 0, 0),
        PixelFormat.Bgr24 => (3, 0, 0, 0),
        PixelFormat.Yuv420P => (1, 1, 1, 1),
        PixelFormat.Yuv422P => (1, 1, 1, 0),
        PixelFormat.Yuv444P => (1, 1, 0, 0),
        PixelFormat.Nv12 => (1, 2, 1, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>x and y of each corner.</summary>
    [InlineArray(2 * MaxCorners)]
    internal struct CornerList
    {
        private int first;
    }
}
