using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Video;

/// <summary>How the pictures of a video are to be shown, which images taken from it do not say: the shape of a pixel, colors, fields, HDR metadata.</summary>
/// <param name="SampleAspect">Shape of a pixel.</param>
/// <param name="Color">Colors; null: what the images say.</param>
/// <param name="Signal">The rest; null: nothing.</param>
internal sealed record VideoLook(Rational SampleAspect, ColorTags? Color, VideoSignal? Signal)
{
    private const double Same = 0.01; // shapes of frames and frame rates that differ by less are one

    // Matrices that images are converted with; a video of another gets the one that fits its size.
    private static readonly int[] Matrices = [1, 5, 6, 9];

    /// <summary>Of images that may have been taken from a video.</summary>
    /// <param name="video">The video, or a file of sound.</param>
    /// <param name="images">The images.</param>
    /// <param name="rate">Frames a second that they are shown at.</param>
    /// <returns>Null if it is no video, or if the images have another shape than its frames: then they were not taken from it, or were stretched since.</returns>
    public static VideoLook? Of(string video, ImageFolderReader images, Rational rate)
    {
        if (FirstSize(images) is not { } image)
            return null;
        VideoReader reader;
        try
        {
            reader = VideoReader.Open(video);
        }
        catch (UserErrorException)
        {
            return null; // it has sound only; what is wrong with the file itself is said when it is copied from
        }
        using (reader)
        {
            FrameSourceInfo frames = reader.Info;
            if (!Near((double)image.Width / image.Height, (double)frames.Width / frames.Height))
                return null;
            ColorTags color = reader.Video.Color;
            ColorTags shown = new(Matrices.Contains(color.Matrix) ? color.Matrix : ColorTags.Unspecified.Matrix, color.Primaries, color.Transfer, 0);
            // Fields are rows of the images as they were, at the times they had.
            bool whole = image == (frames.Width, frames.Height) && Near(rate.Value, frames.FrameRate.Value);
            bool keeps = whole || reader.Video.Signal.Fields == FieldOrder.Progressive;
            return new VideoLook(reader.Video.SampleAspect, shown, keeps ? reader.Video.Signal : null);
        }
    }

    // A folder does not know the size of its images; the first that can be read has that of all.
    private static (int Width, int Height)? FirstSize(ImageFolderReader images)
    {
        foreach (string file in images.Files)
        {
            try
            {
                using PooledFrame image = ImageFile.Read(file);
                return (image.Width, image.Height);
            }
            catch (UserErrorException)
            {
                // It is told, or left out, when it is read in its turn.
            }
        }
        return null;
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= Same * Math.Max(a, b);
}
