using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>
/// Encodes frames into a video file (container by extension: .mp4, .mkv, .mov, .webm, …) and copies the other streams of a source
/// bit-exactly alongside. Times of frames are kept. The file is written under a temporary name in the same folder and renamed
/// by <see cref="Complete"/>; disposing without it leaves no output and whatever stood there before. Memory does not grow with the
/// length. Not safe for several threads at once.
/// </summary>
public sealed class VideoWriter : IFrameSink
{
    private readonly PendingFile file;
    private readonly SafeVideoWriterHandle handle;
    private readonly string path;
    private readonly Rational tick;
    private readonly DeviceEncoding? device;
    private List<string> warnings = [];
    private bool completed, failed;

    private VideoWriter(string path, PendingFile file, VideoWriterOptions options)
    {
        this.path = path;
        tick = options.TimeBase;
        device = DeviceEncoding.For(options);
        this.file = file;
        handle = SafeVideoWriterHandle.Open(file.TemporaryPath, file.FinalPath, options.Codec, options.Preset, options.PixelFormat,
            options.CopyStreamsFrom is { } source ? Path.GetFullPath(source) : null, options.SignalBytes, options.Native());
        try
        {
            if (device is not null)
                ShimException.ThrowIfFailed(ShimNative.fs_video_writer_encode_on(handle, device.Native));
            if (options is { CopyFromFirstPicture: true, CopyStreamsFrom: { } copied })
                ShimException.ThrowIfFailed(ShimNative.fs_video_writer_copy_from(handle, VideoReader.FirstPicture(copied) ?? long.MinValue));
            if (options.Gaps)
                ShimException.ThrowIfFailed(ShimNative.fs_video_writer_expect_gaps(handle));
            foreach ((string key, string value) in options.Metadata)
                ShimException.ThrowIfFailed(ShimNative.fs_video_writer_metadata(handle, key, value));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Frames taken so far.</summary>
    public long FramesWritten { get; private set; }

    /// <summary>What could not be kept, a sentence each: streams that the container cannot hold, a repeated column of odd sizes.</summary>
    public IReadOnlyList<string> Warnings => handle.IsClosed ? warnings : ReadWarnings();

    /// <summary>Creates the temporary file, after checking codec, container and the source of copied streams.</summary>
    /// <exception cref="UserErrorException">Unknown codec or extension, a folder that cannot be written, an unreadable source.</exception>
    public static VideoWriter Create(string path, VideoWriterOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (options.CopyStreamsFrom is { } source)
            MediaErrors.RequireFile(source);
        PendingFile file = new(path);
        file.DeleteAbandoned();
        try
        {
            return new VideoWriter(path, file, options);
        }
        catch (ShimException e)
        {
            file.Dispose();
            throw MediaErrors.Writing(path, e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The disk is full, or the encoder refuses the frame.</exception>
    public void Write(Frame frame)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        long pts = frame.Pts, duration = frame.Duration;
        using SafeAvFrameHandle samples = FrameWrapper.Take(frame, device);
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_writer_write(handle, samples, pts, duration));
            FramesWritten++;
        }
        catch (ShimException e)
        {
            failed = true;
            throw MediaErrors.Writing(path, e);
        }
    }

    /// <summary>Makes the video of finished segments, in the place of frames: their packets are copied one after another. Segments must follow each other in time and come
    /// from writers with these same options.</summary>
    /// <param name="segments">Their files, in order.</param>
    /// <param name="appended">Told of the frames so far after each.</param>
    /// <param name="cancellation">Stops between two segments.</param>
    /// <exception cref="UserErrorException">A segment is damaged or does not fit the others, or the disk is full.</exception>
    public void Append(IReadOnlyList<string> segments, Action<long>? appended = null, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        try
        {
            int delay = 0;
            foreach (string segment in segments)
            {
                ShimException.ThrowIfFailed(ShimNative.fs_video_segment_describe(segment, out VideoSegmentData info));
                delay = Math.Max(delay, info.Delay);
            }
            foreach (string segment in segments)
            {
                cancellation.ThrowIfCancellationRequested();
                ShimException.ThrowIfFailed(ShimNative.fs_video_segment_describe(segment, out VideoSegmentData info));
                ShimException.ThrowIfFailed(ShimNative.fs_video_writer_append(handle, segment, delay));
                FramesWritten += info.Frames;
                appended?.Invoke(FramesWritten);
            }
        }
        catch (ShimException e)
        {
            failed = true;
            throw MediaErrors.Writing(path, e);
        }
    }

    /// <summary>Leaves a stretch of the source's time out of the copied streams; what follows moves up. Told before the first frame after the stretch, whose time
    /// and all later ones the caller has moved up by the same; rising, and only with <see cref="VideoWriterOptions.Gaps"/>. Sound is cut between packets, so
    /// it ends up to half of one early or late (10 ms of AAC) but is always in step.</summary>
    /// <param name="start">First moment left out, on the source's clock in units of the time base.</param>
    /// <param name="end">First moment kept again; null: nothing after is kept.</param>
    public void LeaveOut(long start, long? end)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        ShimException.ThrowIfFailed(ShimNative.fs_video_writer_leave_out(handle, InMicroseconds(start), end is { } e ? InMicroseconds(e) : long.MaxValue));
    }

    /// <inheritdoc/>
    public void Complete()
    {
        if (completed)
            return;
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        if (failed)
            throw new InvalidOperationException("a video whose writing failed cannot be completed");
        try
        {
            ShimException.ThrowIfFailed(ShimNative.fs_video_writer_finish(handle));
        }
        catch (ShimException e)
        {
            failed = true;
            throw MediaErrors.Writing(path, e);
        }
        Close();
        file.Commit();
        completed = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        file.Dispose();
    }

    private void Close()
    {
        if (handle.IsClosed)
            return;
        warnings = ReadWarnings();
        handle.Dispose();
    }

    private long InMicroseconds(long time) => (long)((Int128)time * tick.Numerator * 1_000_000 / tick.Denominator);

    private unsafe List<string> ReadWarnings()
    {
        List<string> result = [];
        while (ShimNative.fs_video_writer_warning(handle, result.Count, out byte* text) == ShimStatus.Ok)
            result.Add(MediaErrors.Text(text));
        return result;
    }
}
