namespace FaceSwap.Interop;

/// <summary>An open container whose packets are read as they are stored.</summary>
public sealed unsafe class SafeVideoPacketsHandle : SafeShimHandle
{
    /// <summary>An empty handle.</summary>
    public SafeVideoPacketsHandle() : base("VideoPackets")
    {
    }

    /// <summary>Opens a file.</summary>
    public static SafeVideoPacketsHandle Open(string path, out int streams, out int chapters)
    {
        SafeVideoPacketsHandle result = new();
        nint pointer;
        ShimException.ThrowIfFailed(ShimNative.fs_video_packets_open(path, &pointer, out streams, out chapters));
        result.Own(pointer);
        return result;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_video_packets_free(pointer);
}
