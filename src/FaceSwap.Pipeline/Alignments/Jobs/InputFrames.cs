using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>The names that the frames of an input have in an alignments file.</summary>
public static class InputFrames
{
    /// <summary>The names in the order of the frames: files of a folder; of a video every frame is decoded, since only that counts them surely.</summary>
    /// <param name="input">A video or a folder of images.</param>
    /// <param name="file">The alignments, which say in which form a video's frames are named; null: as an extraction would name them.</param>
    /// <param name="progress">Is told of a video's frames.</param>
    /// <param name="cancellation">Stops the counting.</param>
    /// <exception cref="UserErrorException">The input cannot be read.</exception>
    public static List<string> Names(string input, AlignmentsFile? file, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using IFrameSource source = FrameSources.Open(input, new VideoReaderOptions { NameWithExtension = AlignmentsOwner.NamesExtension(file, input) });
        if (source is ImageFolderReader images)
            return [.. images.Files.Select(f => Path.GetFileName(f))];
        List<string> names = [];
        ProgressMeter meter = new(progress, "count", "frames", source.Info.FrameCount);
        while (source.Read(cancellation) is { } frame)
        {
            using (frame)
                names.Add(frame.Name);
            meter.Report(names.Count, () => "");
        }
        meter.Report(names.Count, () => "", final: true);
        return names;
    }
}
