using System.Text;

namespace FaceSwap.Interop;

/// <summary>A file being written, with its encoder.</summary>
public sealed unsafe class SafeVideoWriterHandle : SafeShimHandle
{
    /// <summary>An empty handle.</summary>
    public SafeVideoWriterHandle() : base("VideoWriter")
    {
    }

    /// <summary>Creates the file; the strings and the signal's bytes replace the pointers of <paramref name="options"/>.</summary>
    public static SafeVideoWriterHandle Open(string path, string containerOf, string codec, string? preset, string? pixelFormat, string? copyFrom,
        ReadOnlySpan<byte> signal, VideoWriterData options)
    {
        SafeVideoWriterHandle result = new();
        nint pointer;
        fixed (byte* p = Utf8(path), o = Utf8(containerOf), c = Utf8(codec), r = Utf8(preset), f = Utf8(pixelFormat), s = Utf8(copyFrom), g = signal)
        {
            options.Path = p;
            options.ContainerOf = o;
            options.Codec = c;
            options.Preset = r;
            options.PixelFormat = f;
            options.CopyFrom = s;
            options.Signal = g;
            options.SignalSize = signal.Length;
            ShimException.ThrowIfFailed(ShimNative.fs_video_writer_open(&options, &pointer));
        }
        result.Own(pointer);
        return result;
    }

    internal static byte[]? Utf8(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text + "\0");

    private protected override void Free(nint pointer) => ShimNative.fs_video_writer_free(pointer);
}
