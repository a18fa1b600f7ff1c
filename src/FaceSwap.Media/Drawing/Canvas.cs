using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;

namespace FaceSwap.Media.Drawing;

/// <summary>Draws into a BGR frame: previews, contact sheets, curves. What lies outside the frame is clipped. Not for several threads at once.</summary>
public sealed unsafe class Canvas : IDisposable
{
    private readonly PlaneView plane;

    /// <summary>A canvas of one color.</summary>
    public Canvas(int width, int height, Ink background, FramePool? pool = null)
    {
        Frame = (pool ?? FramePool.Shared).Rent(width, height, PixelFormat.Bgr24);
        plane = Frame.Plane(0);
        Fill(Bounds, background);
    }

    /// <summary>The picture; it belongs to the canvas, which disposes it.</summary>
    public PooledFrame Frame { get; }

    /// <summary>The whole picture.</summary>
    public RectI Bounds => new(0, 0, Frame.Width, Frame.Height);

    /// <summary>Fills a rectangle.</summary>
    public void Fill(RectI area, Ink ink)
    {
        area = area.Intersect(Bounds);
        for (int y = area.Y; y < area.Bottom; y++)
        {
            Span<byte> row = plane.RowSpan(y).Slice(area.X * 3, area.Width * 3);
            for (int i = 0; i < row.Length; i += 3)
                (row[i], row[i + 1], row[i + 2]) = (ink.Blue, ink.Green, ink.Red);
        }
    }

    /// <summary>Draws the border of a rectangle, one pixel wide, inside it.</summary>
    public void Border(RectI area, Ink ink)
    {
        Fill(area with { Height = 1 }, ink);
        Fill(area with { Width = 1 }, ink);
        Fill(new RectI(area.X, area.Bottom - 1, area.Width, 1), ink);
        Fill(new RectI(area.Right - 1, area.Y, 1, area.Height), ink);
    }

    /// <summary>Draws an anti-aliased line.</summary>
    public void Line(int x0, int y0, int x1, int y1, Ink ink, int thickness = 1) => ShimException.ThrowIfFailed(
        ShimNative.fs_image_line(plane.Row(0), plane.Width, plane.Height, plane.Stride, x0, y0, x1, y1, thickness, ink.Blue, ink.Green, ink.Red));

    /// <summary>Writes text whose base line starts at (x, y). The font has ASCII; other characters become question marks.</summary>
    /// <param name="text">The text, one line.</param>
    /// <param name="x">Left end.</param>
    /// <param name="y">Base line.</param>
    /// <param name="ink">Its color.</param>
    /// <param name="scale">1 is about 22 pixels high.</param>
    /// <param name="thickness">Width of the strokes in pixels.</param>
    public void Text(string text, int x, int y, Ink ink, double scale = 0.5, int thickness = 1) => ShimException.ThrowIfFailed(
        ShimNative.fs_image_put_text(plane.Row(0), plane.Width, plane.Height, plane.Stride, Ascii(text), x, y, scale, thickness, ink.Blue, ink.Green,
            ink.Red));

    /// <summary>Width of such text, its height above the base line and its depth below.</summary>
    public static (int Width, int Ascent, int Descent) Measure(string text, double scale = 0.5, int thickness = 1)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_image_text_size(Ascii(text), scale, thickness, out int width, out int ascent, out int descent));
        return (width, ascent, descent);
    }

    /// <summary>Draws a picture scaled to a rectangle: by area where it shrinks, bilinearly where it grows.</summary>
    /// <param name="picture">A <see cref="PixelFormat.Bgr24"/> frame (<see cref="FrameConversion.ToBgr"/> makes one of any other); only read.</param>
    /// <param name="target">Where to; parts outside the canvas are clipped.</param>
    public void DrawImage(Frame picture, RectI target)
    {
        if (picture.Format != PixelFormat.Bgr24)
            throw new ArgumentException($"a Bgr24 picture is needed, not {picture.Format}", nameof(picture));
        if (target.IsEmpty || target.Intersect(Bounds).IsEmpty)
            return;
        if (target.Intersect(Bounds) == target)
        {
            Resize(picture.Plane(0), plane.Row(target.Y) + ((nint)target.X * 3), target.Width, target.Height, plane.Stride);
            return;
        }
        using PooledFrame scaled = FramePool.Shared.Rent(target.Width, target.Height, PixelFormat.Bgr24);
        PlaneView from = scaled.Plane(0);
        Resize(picture.Plane(0), from.Row(0), from.Width, from.Height, from.Stride);
        RectI seen = target.Intersect(Bounds);
        for (int y = seen.Y; y < seen.Bottom; y++)
            from.RowSpan(y - target.Y).Slice((seen.X - target.X) * 3, seen.Width * 3).CopyTo(plane.RowSpan(y)[(seen.X * 3)..]);
    }

    /// <summary>Draws a picture as large as a rectangle allows, in its own proportions, in the middle.</summary>
    public void DrawImageFitted(Frame picture, RectI area)
    {
        double scale = Math.Min((double)area.Width / picture.Width, (double)area.Height / picture.Height);
        int width = Math.Max((int)Math.Round(picture.Width * scale), 1), height = Math.Max((int)Math.Round(picture.Height * scale), 1);
        DrawImage(picture, new RectI(area.X + ((area.Width - width) / 2), area.Y + ((area.Height - height) / 2), width, height));
    }

    /// <inheritdoc/>
    public void Dispose() => Frame.Dispose();

    private static void Resize(PlaneView from, byte* to, int width, int height, int stride) => ShimException.ThrowIfFailed(
        ShimNative.fs_image_resize(from.Row(0), from.Width, from.Height, from.Stride, to, width, height, stride));

    private static string Ascii(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
    });
}
