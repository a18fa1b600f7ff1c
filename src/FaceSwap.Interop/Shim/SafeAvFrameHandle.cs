namespace FaceSwap.Interop;

/// <summary>A reference to a frame's samples (FFmpeg's AVFrame).</summary>
public sealed unsafe class SafeAvFrameHandle : SafeShimHandle
{
    /// <summary>An empty handle.</summary>
    public SafeAvFrameHandle() : base("AvFrame")
    {
    }

    /// <summary>
    /// Wraps samples of the caller's. <paramref name="release"/> is called with <paramref name="owner"/>, once, on any thread, when
    /// nothing refers to them any more, and also if this call throws.
    /// </summary>
    public static SafeAvFrameHandle Wrap(in VideoFrameInfo info, delegate* unmanaged<nint, void> release, nint owner)
    {
        SafeAvFrameHandle result = new();
        nint pointer;
        fixed (VideoFrameInfo* view = &info)
            ShimException.ThrowIfFailed(ShimNative.fs_video_frame_wrap(view, release, owner, &pointer));
        result.Own(pointer);
        return result;
    }

    /// <summary>A new frame of another size.</summary>
    public static SafeAvFrameHandle Scale(SafeAvFrameHandle frame, int width, int height, out VideoFrameInfo info)
    {
        SafeAvFrameHandle result = new();
        nint pointer;
        fixed (VideoFrameInfo* view = &info)
            ShimException.ThrowIfFailed(ShimNative.fs_video_frame_scale(frame, width, height, &pointer, view));
        result.Own(pointer);
        return result;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_video_frame_free(pointer);
}
