namespace FaceSwap.Interop;

/// <summary>What an encoded image takes over from the file that it was made of (<c>fs_image_keep</c> in the shim).</summary>
[Flags]
public enum ImageKeep
{
    /// <summary>Nothing: BGR, 8 bits a sample.</summary>
    None = 0,

    /// <summary>One channel.</summary>
    Gray = 1,

    /// <summary>Transparency.</summary>
    Alpha = 2,

    /// <summary>16 bits a sample.</summary>
    Depth = 4,
}

/// <summary>An encoded image file in the shim's memory.</summary>
public sealed unsafe class SafeImageBytesHandle : SafeShimHandle
{
    private byte* data;
    private int length;

    private SafeImageBytesHandle() : base(nameof(SafeImageBytesHandle))
    {
    }

    /// <summary>The file's bytes, valid while this handle is not disposed.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return new ReadOnlySpan<byte>(data, length);
        }
    }

    /// <summary>Encodes BGR rows in the format of a file extension; null when the shim writes no such format.</summary>
    /// <param name="extension">With its dot, for example <c>.png</c>.</param>
    /// <param name="bgr">The first row.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="quality">1..100, for JPEG and WebP.</param>
    public static SafeImageBytesHandle? Encode(string extension, byte* bgr, int width, int height, long stride, int quality)
    {
        ShimStatus status = ShimNative.fs_image_encode(extension, bgr, width, height, stride, quality, out nint bytes, out byte* data, out long size);
        if (ShimException.ThrowIfFailed(status) == ShimStatus.Unsupported)
            return null;
        SafeImageBytesHandle handle = new() { data = data, length = checked((int)size) };
        handle.Own(bytes);
        return handle;
    }

    /// <summary>Encodes BGR rows as <see cref="Encode"/> does, with what only the original file holds: transparency as it was, and the 16-bit samples wherever the 8-bit ones
    /// are what they were (elsewhere moved by as much as those).</summary>
    /// <param name="extension">With its dot, for example <c>.png</c>.</param>
    /// <param name="bgr">The first row.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="quality">1..100, for JPEG and WebP.</param>
    /// <param name="original">The file that the rows were decoded from. Of an image of another size only the transparency is taken, resampled.</param>
    /// <param name="orientation">As <see cref="SafeImageHandle.Decode"/> was told.</param>
    /// <param name="keep">What to take; the format must have it.</param>
    public static SafeImageBytesHandle? EncodeLike(string extension, byte* bgr, int width, int height, long stride, int quality, ReadOnlySpan<byte> original, int orientation,
        ImageKeep keep)
    {
        fixed (byte* file = original)
        {
            ShimStatus status = ShimNative.fs_image_encode_like(extension, bgr, width, height, stride, quality, file, original.Length, orientation, (int)keep, out nint bytes,
                out byte* data, out long size);
            if (ShimException.ThrowIfFailed(status) == ShimStatus.Unsupported)
                return null;
            SafeImageBytesHandle handle = new() { data = data, length = checked((int)size) };
            handle.Own(bytes);
            return handle;
        }
    }

    private protected override void Free(nint pointer) => ShimNative.fs_image_bytes_free(pointer);
}
