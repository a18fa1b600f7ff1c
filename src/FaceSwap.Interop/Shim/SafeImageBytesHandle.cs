namespace FaceSwap.Interop;

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

    private protected override void Free(nint pointer) => ShimNative.fs_image_bytes_free(pointer);
}
