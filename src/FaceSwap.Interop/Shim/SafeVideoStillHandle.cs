namespace FaceSwap.Interop;

/// <summary>An encoder of single images.</summary>
public sealed unsafe class SafeVideoStillHandle : SafeShimHandle
{
    /// <summary>An empty handle.</summary>
    public SafeVideoStillHandle() : base("VideoStill")
    {
    }

    /// <summary>PNG, or JPEG at a quality of FFmpeg's scale, 1 (best) to 31.</summary>
    public static SafeVideoStillHandle Create(bool png, double quality)
    {
        SafeVideoStillHandle result = new();
        nint pointer;
        ShimException.ThrowIfFailed(ShimNative.fs_video_still_new(png ? 1 : 0, quality, &pointer));
        result.Own(pointer);
        return result;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_video_still_free(pointer);
}
