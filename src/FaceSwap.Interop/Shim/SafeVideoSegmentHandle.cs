namespace FaceSwap.Interop;

/// <summary>A segment of a video being written, with its encoder.</summary>
public sealed unsafe class SafeVideoSegmentHandle : SafeShimHandle
{
    /// <summary>An empty handle.</summary>
    public SafeVideoSegmentHandle() : base("VideoSegment")
    {
    }

    /// <summary>Creates the segment's file; the strings and the signal's bytes replace the pointers of <paramref name="options"/>.</summary>
    public static SafeVideoSegmentHandle Open(string path, string containerOf, string codec, string? preset, string? pixelFormat, VideoPicture? like, VideoHardware? where,
        ReadOnlySpan<byte> signal, VideoWriterData options)
    {
        VideoHardware device = where ?? default;
        SafeVideoSegmentHandle result = new();
        nint pointer;
        VideoPicture picture = like ?? default;
        fixed (byte* p = SafeVideoWriterHandle.Utf8(path), o = SafeVideoWriterHandle.Utf8(containerOf), c = SafeVideoWriterHandle.Utf8(codec),
            r = SafeVideoWriterHandle.Utf8(preset), f = SafeVideoWriterHandle.Utf8(pixelFormat), g = signal)
        {
            options.Path = p;
            options.ContainerOf = o;
            options.Codec = c;
            options.Preset = r;
            options.PixelFormat = f;
            options.Signal = g;
            options.SignalSize = signal.Length;
            ShimException.ThrowIfFailed(ShimNative.fs_video_segment_open(&options, like is null ? null : &picture, where is null ? null : &device, &pointer));
        }
        result.Own(pointer);
        return result;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_video_segment_free(pointer);
}
