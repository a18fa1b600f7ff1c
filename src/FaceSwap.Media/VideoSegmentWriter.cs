using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>A finished segment of a video.</summary>
/// <param name="Frames">Frames in it.</param>
/// <param name="Bytes">Size of its file.</param>
public sealed record VideoSegment(long Frames, long Bytes);

/// <summary>
/// Encodes consecutive frames of a video into a file of their own, with an encoder of their own: the file depends on these frames, the options and the first
/// segment alone. <see cref="VideoWriter.Append"/> makes the video of them. Not safe for several threads at once, but any may have the next call.
/// </summary>
public sealed class VideoSegmentWriter : IDisposable
{
    private readonly SafeVideoSegmentHandle handle;
    private readonly string temporary, path, video;
    private bool finished;

    private VideoSegmentWriter(string path, string video, VideoWriterOptions options, string? like)
    {
        (this.path, this.video) = (path, video);
        temporary = path + ".tmp";
        handle = SafeVideoSegmentHandle.Open(temporary, Path.GetFullPath(video), options.Codec, options.Preset, options.PixelFormat, like, options.Native());
    }

    /// <summary>Whether a frame was written.</summary>
    public bool HasFrames { get; private set; }

    /// <summary>As <see cref="VideoWriter.Warnings"/>.</summary>
    public unsafe IReadOnlyList<string> Warnings
    {
        get
        {
            List<string> result = [];
            while (ShimNative.fs_video_segment_warning(handle, result.Count, out byte* text) == ShimStatus.Ok)
                result.Add(MediaErrors.Text(text));
            return result;
        }
    }

    /// <summary>Creates the segment's file under a temporary name.</summary>
    /// <param name="path">The name it gets when it is whole.</param>
    /// <param name="video">The video that it becomes part of: its extension names the container, and errors are about it.</param>
    /// <param name="options">As for the whole video.</param>
    /// <param name="like">The first segment's file; null: this is the first.</param>
    /// <exception cref="UserErrorException">Unknown codec or extension, or a folder that cannot be written.</exception>
    public static VideoSegmentWriter Create(string path, string video, VideoWriterOptions options, string? like)
    {
        try
        {
            return new VideoSegmentWriter(path, video, options, like);
        }
        catch (ShimException e)
        {
            throw MediaErrors.Writing(video, e);
        }
    }

    /// <summary>Encodes a frame, which it takes over.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the encoder refuses the frame.</exception>
    public void Write(Frame frame)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        long pts = frame.Pts, duration = frame.Duration;
        using SafeAvFrameHandle samples = FrameWrapper.Take(frame);
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_segment_write(handle, samples, pts, duration));
            HasFrames = true;
        }
        catch (ShimException e)
        {
            throw MediaErrors.Writing(video, e);
        }
    }

    /// <summary>Flushes the encoder, and gives the file its name once it is on the disk.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the encoder failed.</exception>
    public VideoSegment Finish()
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_segment_finish(handle, out VideoSegmentData info));
            long bytes;
            using (FileStream file = new(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1))
            {
                file.Flush(flushToDisk: true);
                bytes = file.Length;
            }
            File.Move(temporary, path, overwrite: true);
            finished = true;
            return new VideoSegment(info.Frames, bytes);
        }
        catch (ShimException e)
        {
            throw MediaErrors.Writing(video, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(video, e);
        }
    }

    /// <summary>Ends the encoder; a segment that is not finished is deleted.</summary>
    public void Dispose()
    {
        handle.Dispose();
        if (finished)
            return;
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is overwritten or removed with its folder later.
        }
    }
}
