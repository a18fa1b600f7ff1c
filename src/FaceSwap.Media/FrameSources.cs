using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>Opens whatever the user named: a folder of images or a video file.</summary>
public static class FrameSources
{
    /// <summary>Opens a folder as <see cref="ImageFolderReader"/>, anything else as <see cref="VideoReader"/>.</summary>
    /// <exception cref="UserErrorException">There is no such file or folder, it holds nothing that can be read, or a part of it is
    /// asked for by times that images do not have.</exception>
    public static IFrameSource Open(string path, VideoReaderOptions? video = null, ImageFolderOptions? images = null)
    {
        if (Directory.Exists(path) && video is { StartSeconds: not null } or { DurationSeconds: not null })
            throw new UserErrorException($"'{path}' is a folder of images, which have no times; leave out --start and --duration, and choose frames with --frame-ranges.");
        if (Directory.Exists(path))
            return ImageFolderReader.Open(path, images);
        if (!File.Exists(path))
            throw new UserErrorException($"There is no file or folder '{path}'; check the path.");
        return VideoReader.Open(path, video);
    }
}

/// <summary>Creates whatever output the user named: a video file or a folder of images.</summary>
public static class FrameSinks
{
    /// <summary>Extensions of the videos that are written, in lower case with the dot.</summary>
    public static IReadOnlyList<string> VideoExtensions { get; } = [".mp4", ".m4v", ".mkv", ".mov", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"];

    /// <summary>True if <paramref name="path"/> names a video file: it has a video's extension and is no existing folder.</summary>
    public static bool IsVideo(string path) =>
        !Directory.Exists(path) && VideoExtensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Creates a video, or a folder of images for any other path.</summary>
    /// <exception cref="UserErrorException">The output cannot be written.</exception>
    public static IFrameSink Create(string path, VideoWriterOptions video, ImageFolderWriterOptions? images = null) =>
        IsVideo(path) ? VideoWriter.Create(path, video) : ImageFolderWriter.Create(path, images);
}
