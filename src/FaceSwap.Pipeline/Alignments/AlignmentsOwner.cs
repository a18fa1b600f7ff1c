using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>Tells by the names of frames whether an alignments file is that of an input.</summary>
internal static class AlignmentsOwner
{
    /// <summary>Videos beside an input whose names differ from its in the extension only, but for outputs of this program.</summary>
    public static IReadOnlyList<string> Rivals(string input) =>
        File.Exists(input) && SiblingNames.IsVideo(input) ? [.. SiblingNames.VideosBeside(input).Where(v => !Provenance.IsOutput(v))] : [];

    /// <summary>Whether there are such: the input's alignments, frames and faces are then named with its extension.</summary>
    public static bool HasRival(string input) => Rivals(input).Count > 0;

    /// <summary>Whether the frames of an input are named with its extension: as they are in the alignments, or else where it <see cref="HasRival"/>.</summary>
    /// <param name="file">The input's alignments; null: none.</param>
    /// <param name="input">The video.</param>
    public static bool NamesExtension(AlignmentsFile? file, string input) => file?.FrameNames.FirstOrDefault() is { } name
        ? name.StartsWith(Path.GetFileName(input) + "_", StringComparison.Ordinal)
        : HasRival(input);

    /// <summary>Whether any name in a file is that of a frame of an input.</summary>
    public static bool Fits(AlignmentsFile file, IFrameSource source) => source switch
    {
        VideoReader video => file.FrameNames.Any(video.IsFrameName),
        ImageFolderReader images => images.Files.Any(f => file.Find(Path.GetFileName(f)) is not null),
        _ => true,
    };

    /// <summary>Refuses a file that cannot have a frame of an input, before the input is read: a video's frames are named after it, a folder's are its files.</summary>
    /// <param name="file">The alignments.</param>
    /// <param name="path">Where they were read from.</param>
    /// <param name="source">The input, open.</param>
    /// <param name="input">What the user calls it.</param>
    /// <exception cref="UserErrorException">No name in the file fits.</exception>
    public static void Require(AlignmentsFile file, string path, IFrameSource source, string input)
    {
        if (file.FrameNames.FirstOrDefault() is not { } first)
            throw new UserErrorException($"the alignments file '{path}' names no frame; extract the faces of '{input}' again, or use --detect to find them on the way");
        if (!Fits(file, source))
        {
            string example = source switch
            {
                VideoReader video => video.Name(0),
                ImageFolderReader images => Path.GetFileName(images.Files[0]),
                _ => "",
            };
            throw new UserErrorException($"the alignments file '{path}' is of another input: its frames are named as {first}, and those of '{input}' as {example}; "
                + "give its own --alignments, rename the entries with 'faceswap alignments rename' if the input was renamed, or use --detect to find faces on the way");
        }
    }
}
