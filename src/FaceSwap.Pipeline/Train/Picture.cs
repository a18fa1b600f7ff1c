using FaceSwap.Core.Frames;
using FaceSwap.Interop;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Train;

/// <summary>A BGR picture that is drawn on and saved: what training shows of itself. Colours are (blue, green, red).</summary>
internal sealed unsafe class Picture : IDisposable
{
    private readonly PooledFrame frame;
    private readonly PlaneView plane;

    public Picture(int width, int height, byte grey)
    {
        frame = FramePool.Shared.Rent(width, height, PixelFormat.Bgr24);
        plane = frame.Plane(0);
        for (int y = 0; y < height; y++)
            plane.RowSpan(y).Fill(grey);
    }

    public int Width => frame.Width;

    public int Height => frame.Height;

    /// <summary>Puts an image into a square, resampled to fit.</summary>
    /// <param name="bgr">Its first pixel.</param>
    /// <param name="side">Its width and height.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="x">Left edge of the square.</param>
    /// <param name="y">Top edge.</param>
    /// <param name="size">Side of the square.</param>
    public void Put(byte* bgr, int side, int stride, int x, int y, int size) =>
        Resample(bgr, side, stride, plane.Row(y) + (3 * x), size, plane.Stride);

    /// <summary>Resamples a square image: by area where it shrinks, bilinearly where it grows.</summary>
    public static void Resample(byte* from, int fromSide, int fromStride, byte* to, int toSide, int toStride) =>
        ShimException.ThrowIfFailed(ShimNative.fs_image_resize(from, fromSide, fromSide, fromStride, to, toSide, toSide, toStride));

    /// <summary>Draws a line.</summary>
    public void Line(double x0, double y0, double x1, double y1, (int B, int G, int R) color, int thickness = 1) =>
        ShimException.ThrowIfFailed(ShimNative.fs_image_line(plane.Row(0), Width, Height, plane.Stride, (int)Math.Round(x0), (int)Math.Round(y0),
            (int)Math.Round(x1), (int)Math.Round(y1), thickness, color.B, color.G, color.R));

    /// <summary>Writes text with its base line's left end at (x, y), or its right end, or its middle.</summary>
    /// <param name="text">ASCII.</param>
    /// <param name="x">See above.</param>
    /// <param name="y">The base line.</param>
    /// <param name="scale">1 is about 22 pixels high.</param>
    /// <param name="color">Colour.</param>
    /// <param name="anchor">0: x is the left end; 1: the right end; 0.5: the middle.</param>
    public void Text(string text, double x, double y, double scale, (int B, int G, int R) color, double anchor = 0)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_image_text_size(text, scale, 1, out int width, out _, out _));
        ShimException.ThrowIfFailed(ShimNative.fs_image_put_text(plane.Row(0), Width, Height, plane.Stride, text, (int)Math.Round(x - (anchor * width)),
            (int)Math.Round(y), scale, 1, color.B, color.G, color.R));
    }

    /// <summary>Writes the file in one step.</summary>
    /// <exception cref="Core.UserErrorException">The folder cannot be written, or the name is not that of an image.</exception>
    public void Save(string path) => ImageFile.Write(path, frame);

    public void Dispose() => frame.Dispose();
}
