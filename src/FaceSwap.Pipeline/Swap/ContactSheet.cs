using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Swap;

/// <summary>A picture of moments of a conversion, original and converted side by side.</summary>
public static class ContactSheet
{
    private const int Gap = 8; // pixels between pairs
    private const byte Background = 255;

    /// <summary>Writes the picture.</summary>
    /// <param name="path">Image file; its extension is the format.</param>
    /// <param name="original">The video or folder that was converted.</param>
    /// <param name="converted">What came out: the same frames in the same order, from <paramref name="startSeconds"/> on.</param>
    /// <param name="frames">Frames of <paramref name="converted"/>.</param>
    /// <param name="startSeconds">Where in the original the conversion began; null: at its start.</param>
    /// <param name="rows">Rows of pairs.</param>
    /// <param name="columns">Pairs in a row.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="UserErrorException">A video cannot be read or the picture cannot be written.</exception>
    public static void Write(string path, string original, string converted, long frames, double? startSeconds, int rows = 3, int columns = 2,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        int count = (int)Math.Min((long)rows * columns, frames);
        using IFrameSource before = FrameSources.Open(original, new VideoReaderOptions { StartSeconds = startSeconds });
        using IFrameSource after = FrameSources.Open(converted);
        (int width, int height) = (before.Info.Width, before.Info.Height);
        using PooledFrame sheet = FramePool.Shared.Rent((columns * 2 * width) + ((columns - 1) * Gap), (rows * height) + ((rows - 1) * Gap), PixelFormat.Bgr24);
        Clear(sheet.Plane(0));
        long frame = 0;
        for (int i = 0; i < count; i++)
        {
            // The middle of each of the equal parts that the conversion is divided into.
            long wanted = ((2 * i) + 1) * frames / (2 * count);
            for (; frame < wanted; frame++)
            {
                before.Read(cancellation)?.Dispose();
                after.Read(cancellation)?.Dispose();
            }
            frame++;
            (int x, int y) = (i % columns * ((2 * width) + Gap), i / columns * (height + Gap));
            Paste(before.Read(cancellation), sheet.Plane(0), x, y, width, height);
            Paste(after.Read(cancellation), sheet.Plane(0), x + width, y, width, height);
        }
        ImageFile.Write(path, sheet);
    }

    private static void Clear(PlaneView plane)
    {
        for (int y = 0; y < plane.Height; y++)
            plane.RowSpan(y).Fill(Background);
    }

    private static void Paste(Frame? frame, PlaneView sheet, int x, int y, int width, int height)
    {
        if (frame is null)
            return;
        using Frame bgr = FrameConversion.ToBgr(frame);
        PlaneView from = bgr.Plane(0);
        for (int row = 0; row < Math.Min(height, from.Height); row++)
            from.RowSpan(row)[..(Math.Min(width, from.Width) * 3)].CopyTo(sheet.RowSpan(y + row)[(x * 3)..]);
    }
}
