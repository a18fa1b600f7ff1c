using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Pipeline.Swap;

/// <summary>A picture of moments of a conversion, original and converted side by side.</summary>
public static class ContactSheet
{
    private const int Gap = 8; // pixels between pairs

    /// <summary>Writes the picture.</summary>
    /// <param name="path">Image file; its extension is the format.</param>
    /// <param name="conversion">What was converted, and how.</param>
    /// <param name="frames">Frames of its output.</param>
    /// <param name="rows">Rows of pairs.</param>
    /// <param name="columns">Pairs in a row.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="UserErrorException">A video cannot be read or the picture cannot be written.</exception>
    public static void Write(string path, ConvertOptions conversion, long frames, int rows = 3, int columns = 2, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        int count = (int)Math.Min((long)rows * columns, frames);
        FrameRanges? kept = conversion.DiscardFrames ? conversion.Ranges : null;
        using IFrameSource before = FrameSources.Open(conversion.Input, new VideoReaderOptions
        {
            StartSeconds = conversion.StartSeconds,
            DurationSeconds = conversion.DurationSeconds,
            NameFromBeginning = kept is not null,
        });
        using IFrameSource after = FrameSources.Open(ConvertWorkflow.Place(conversion.Output));
        (int width, int height) = (before.Info.Width, before.Info.Height);
        using Canvas sheet = new((columns * 2 * width) + ((columns - 1) * Gap), (rows * height) + ((rows - 1) * Gap), Ink.White);
        long frame = 0;
        for (int i = 0; i < count; i++)
        {
            // The middle of each of the equal parts that the conversion is divided into.
            long wanted = ((2 * i) + 1) * frames / (2 * count);
            for (; frame < wanted; frame++)
            {
                Next(before, kept, cancellation)?.Dispose();
                after.Read(cancellation)?.Dispose();
            }
            frame++;
            RectI left = new(i % columns * ((2 * width) + Gap), i / columns * (height + Gap), width, height);
            Paste(Next(before, kept, cancellation), sheet, left);
            Paste(after.Read(cancellation), sheet, left with { X = left.X + width });
        }
        ImageFile.Write(path, sheet.Frame);
    }

    // The next frame that the conversion did not leave out.
    private static Frame? Next(IFrameSource source, FrameRanges? kept, CancellationToken cancellation)
    {
        Frame? frame = source.Read(cancellation);
        while (frame is not null && kept?.Contains(FrameRanges.Number(frame)) == false)
        {
            frame.Dispose();
            frame = source.Read(cancellation);
        }
        return frame;
    }

    private static void Paste(Frame? frame, Canvas sheet, RectI place)
    {
        if (frame is null)
            return;
        using Frame bgr = FrameConversion.ToBgr(frame);
        sheet.DrawImageFitted(bgr, place);
    }
}
