using FaceSwap.Media;

namespace FaceSwap.Pipeline.Video;

/// <summary>What image files do not say of a video's frames, and how to give it back.</summary>
internal static class ImagesOfVideo
{
    /// <summary>A sentence for each thing that is lost.</summary>
    /// <param name="video">The video's path, as the user wrote it.</param>
    /// <param name="info">What is known of it.</param>
    public static IEnumerable<string> Losses(string video, VideoStreamInfo info)
    {
        string again = $"to put them together as they were, give 'frames-to-video --audio-from {video}'";
        if (PixelAspects.IsOblong(info.SampleAspect))
        {
            yield return $"the pixels of '{video}' are not square ({PixelAspects.Text(info.SampleAspect)}), which the images do not say; {again}, "
                + $"or '--pixel-aspect {PixelAspects.Text(info.SampleAspect)}'";
        }
        if (info.Signal.Fields != FieldOrder.Progressive)
            yield return $"'{video}' is interlaced: each image has two moments in alternate rows; {again}, at the same rate";
    }
}
