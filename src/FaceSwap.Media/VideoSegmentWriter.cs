using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>A finished segment of a video.</summary>
/// <param name="Frames">Frames in it.</param>
/// <param name="Picture">What the first frame of the video decided for all segments.</param>
public sealed record VideoSegment(long Frames, VideoPicture Picture);

/// <summary>
/// Encodes consecutive frames of a video into a file of their own, with an encoder of their own: the file depends on these frames, the options and the first
/// segment alone. <see cref="VideoWriter.Append"/> makes the video of them. Not safe for several threads at once, but any may have the next call.
/// </summary>
public sealed class VideoSegmentWriter : IDisposable
{
    private readonly SafeVideoSegmentHandle handle;
    private readonly DeviceEncoding? device;
    private readonly string temporary, path, video;
    private VideoSegment? ended;
    private IReadOnlyList<string> warnings = [];
    private bool kept;

    private VideoSegmentWriter(string path, string video, VideoWriterOptions options, VideoPicture? like)
    {
        (this.path, this.video) = (path, video);
        temporary = path + ".tmp";
        device = DeviceEncoding.For(options);
        handle = SafeVideoSegmentHandle.Open(temporary, Path.GetFullPath(video), options.Codec, options.Preset, options.PixelFormat, like, device?.Native,
            options.SignalBytes, options.Native());
    }

    /// <summary>The file's name once it is whole.</summary>
    public string FilePath => path;

    /// <summary>What the first frame of the video decided; known once a frame was written.</summary>
    public VideoPicture Picture
    {
        get
        {
            ShimNative.fs_video_segment_picture(handle, out VideoPicture picture);
            return picture;
        }
    }

    /// <summary>As <see cref="VideoWriter.Warnings"/>.</summary>
    public IReadOnlyList<string> Warnings => handle.IsClosed ? warnings : ReadWarnings();

    /// <summary>Creates the segment's file under a temporary name.</summary>
    /// <param name="path">The name it gets when it is whole.</param>
    /// <param name="video">The video that it becomes part of: its extension names the container, and errors are about it.</param>
    /// <param name="options">As for the whole video.</param>
    /// <param name="like">The first segment's <see cref="Picture"/>, so that all are alike whatever their frames are; null: this is the first.</param>
    /// <exception cref="UserErrorException">Unknown codec or extension, or a folder that cannot be written.</exception>
    public static VideoSegmentWriter Create(string path, string video, VideoWriterOptions options, VideoPicture? like)
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

    /// <summary>Looks at a finished segment.</summary>
    /// <exception cref="InvalidDataException">The file is no whole segment.</exception>
    public static VideoSegment Describe(string path)
    {
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_segment_describe(path, out VideoSegmentData info));
            return new VideoSegment(info.Frames, info.Picture);
        }
        catch (ShimException e)
        {
            throw new InvalidDataException($"'{path}' cannot be read: {e.Message}.", e);
        }
    }

    /// <summary>Whether a file begins as a segment does, as far as it goes: one that was broken off does, and so does an empty one.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool BeginsAsSegment(string path)
    {
        ReadOnlySpan<byte> mark = "FSSEG"u8; // as video_segment.cpp has it; the version follows, and those of earlier versions are ours too
        Span<byte> start = stackalloc byte[mark.Length];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start[..read].SequenceEqual(mark[..read]);
    }

    /// <summary>Encodes a frame, which it takes over.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the encoder refuses the frame.</exception>
    public void Write(Frame frame)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        long pts = frame.Pts, duration = frame.Duration;
        using SafeAvFrameHandle samples = FrameWrapper.Take(frame, device);
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_segment_write(handle, samples, pts, duration));
        }
        catch (ShimException e)
        {
            throw MediaErrors.Writing(video, e);
        }
    }

    /// <summary>Flushes the encoder and frees it, with all its memory. Nothing more can be written.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the encoder failed.</exception>
    public VideoSegment End()
    {
        if (ended is not null)
            return ended;
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_segment_finish(handle, out VideoSegmentData info));
            ended = new VideoSegment(info.Frames, info.Picture);
        }
        catch (ShimException e)
        {
            throw MediaErrors.Writing(video, e);
        }
        warnings = ReadWarnings();
        handle.Dispose();
        return ended;
    }

    /// <summary>Ends the segment if that is not done yet, and gives the file its name once it is on the disk.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the encoder failed.</exception>
    public VideoSegment Finish()
    {
        VideoSegment done = End();
        try
        {
            using (FileStream file = new(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1))
                file.Flush(flushToDisk: true);
            File.Move(temporary, path, overwrite: true);
            kept = true;
            return done;
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
        if (kept)
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

    private unsafe List<string> ReadWarnings()
    {
        List<string> result = [];
        while (ShimNative.fs_video_segment_warning(handle, result.Count, out byte* text) == ShimStatus.Ok)
            result.Add(MediaErrors.Text(text));
        return result;
    }
}
