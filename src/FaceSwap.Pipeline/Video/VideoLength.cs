using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Video;

/// <summary>How long the pictures of a video are shown.</summary>
/// <param name="Seconds">Their length in seconds.</param>
/// <param name="Rate">Frames a second.</param>
internal sealed record VideoLength(double Seconds, Rational Rate)
{
    private const double Same = 0.01; // part of a length

    /// <summary>Of a file.</summary>
    /// <returns>Null if it is no video, as a file of sound, or does not say.</returns>
    public static VideoLength? Of(string path)
    {
        try
        {
            using VideoReader reader = VideoReader.Open(path);
            FrameSourceInfo info = reader.Info;
            if (info.FrameRate.Value is not > 0)
                return null;
            double seconds = info.FrameCount > 0 ? info.FrameCount / info.FrameRate.Value : info.Duration;
            return seconds > 0 ? new VideoLength(seconds, info.FrameRate) : null;
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    /// <summary>The sentence about images that are shown with the sound of this video and do not last as long; null: they do.</summary>
    /// <param name="video">This video's path, as the user wrote it.</param>
    /// <param name="frames">How many images there are.</param>
    /// <param name="rate">Images a second.</param>
    public string? Mismatch(string video, long frames, Rational rate)
    {
        double seconds = frames / rate.Value;
        if (Math.Abs(seconds - Seconds) <= Math.Max(Same * Seconds, Math.Max(1 / rate.Value, 1 / Rate.Value)))
            return null;
        string said = string.Create(CultureInfo.InvariantCulture,
            $"the {frames} images make {seconds:0.##} s of video, and '{video}' with the sound has {Seconds:0.##} s: pictures and sound do not fit together; ");
        string own = Rate.Denominator == 1 ? $"{Rate.Numerator}" : Rate.ToString();
        return said + (Math.Abs(rate.Value - Rate.Value) <= 0.001 * Rate.Value
            ? $"the rate is the same (--rate {own}), so check that all of its frames are there"
            : $"if the images are its frames, give its rate, --rate {own}");
    }
}
