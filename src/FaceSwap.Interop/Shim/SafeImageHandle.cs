namespace FaceSwap.Interop;

/// <summary>A decoded image in the shim's memory: BGR, 8 bits a sample.</summary>
public sealed unsafe class SafeImageHandle : SafeShimHandle
{
    private SafeImageHandle() : base(nameof(SafeImageHandle))
    {
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; private init; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; private init; }

    /// <summary>Decodes the bytes of an image file: turned upright, alpha dropped, 16 bits reduced to 8.</summary>
    /// <param name="file">The file.</param>
    /// <param name="orientation">EXIF's number of how its pixels are turned, 1 to 8; 1 for TIFF, whose decoder turns them.</param>
    /// <param name="deep">Whether its samples have 16 bits.</param>
    /// <exception cref="ShimException"><see cref="ShimStatus.InvalidData"/>: no image, or a damaged one.</exception>
    public static SafeImageHandle Decode(ReadOnlySpan<byte> file, int orientation, bool deep)
    {
        fixed (byte* data = file)
        {
            ShimException.ThrowIfFailed(ShimNative.fs_image_decode(data, file.Length, orientation, deep ? 1 : 0, out nint image, out int width, out int height));
            SafeImageHandle handle = new() { Width = width, Height = height };
            handle.Own(image);
            return handle;
        }
    }

    /// <summary>Copies the pixels into rows <paramref name="stride"/> bytes apart.</summary>
    public void CopyTo(byte* bgr, long stride) => ShimException.ThrowIfFailed(ShimNative.fs_image_copy_to(this, bgr, stride));

    private protected override void Free(nint pointer) => ShimNative.fs_image_free(pointer);
}
