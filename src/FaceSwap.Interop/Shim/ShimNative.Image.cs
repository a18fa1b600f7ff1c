using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

public static unsafe partial class ShimNative
{
    [LibraryImport(ImagesLibrary)]
    internal static partial ShimStatus fs_image_decode(byte* data, long size, int orientation, int deep, out nint image, out int width, out int height);

    [LibraryImport(ImagesLibrary)]
    internal static partial ShimStatus fs_image_copy_to(SafeImageHandle image, byte* bgr, long stride);

    [LibraryImport(ImagesLibrary)]
    internal static partial void fs_image_free(nint image);

    [LibraryImport(ImagesLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ShimStatus fs_image_encode(string extension, byte* bgr, int width, int height, long stride, int quality,
        out nint bytes, out byte* data, out long size);

    [LibraryImport(ImagesLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ShimStatus fs_image_encode_like(string extension, byte* bgr, int width, int height, long stride, int quality,
        byte* original, long size, int orientation, int keep, out nint bytes, out byte* data, out long length);

    [LibraryImport(ImagesLibrary)]
    internal static partial void fs_image_bytes_free(nint bytes);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_image_put_text(byte* bgr, int width, int height, long stride, string text, int x, int y, double scale,
        int thickness, int blue, int green, int red);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ShimStatus fs_image_text_size(string text, double scale, int thickness, out int width, out int ascent,
        out int descent);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_image_line(byte* bgr, int width, int height, long stride, int x0, int y0, int x1, int y1, int thickness,
        int blue, int green, int red);

    [LibraryImport(Library)]
    public static partial ShimStatus fs_image_resize(byte* source, int sourceWidth, int sourceHeight, long sourceStride, byte* target,
        int targetWidth, int targetHeight, long targetStride);
}
