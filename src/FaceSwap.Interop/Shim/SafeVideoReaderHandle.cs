namespace FaceSwap.Interop;

/// <summary>An open file with its decoder.</summary>
public sealed unsafe class SafeVideoReaderHandle : SafeShimHandle
{
    /// <summary>An empty handle.</summary>
    public SafeVideoReaderHandle() : base("VideoReader")
    {
    }

    /// <summary>Opens a file; start and duration in microseconds, 0: no limit; frames before <paramref name="from"/> (in the stream's time base) are passed over. On a
    /// device, if one is named and can decode it.</summary>
    public static SafeVideoReaderHandle Open(string path, long start, long duration, long from, int threads, VideoHardware? where, out VideoStreamData info)
    {
        SafeVideoReaderHandle result = new();
        nint pointer;
        VideoStreamData data = default;
        VideoHardware device = where ?? default;
        ShimException.ThrowIfFailed(ShimNative.fs_video_reader_open(path, start, duration, from, threads, where is null ? null : &device, &pointer, &data));
        result.Own(pointer);
        info = data;
        return result;
    }

    /// <summary>The next frame, or null at the end.</summary>
    public SafeAvFrameHandle? Next(out VideoFrameInfo info)
    {
        SafeAvFrameHandle frame = new();
        nint pointer;
        VideoFrameInfo view = default;
        ShimStatus status = ShimException.ThrowIfFailed(ShimNative.fs_video_reader_next(this, &pointer, &view));
        info = view;
        if (status == ShimStatus.EndOfStream)
        {
            frame.SetHandleAsInvalid();
            return null;
        }
        frame.Own(pointer);
        return frame;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_video_reader_free(pointer);
}
