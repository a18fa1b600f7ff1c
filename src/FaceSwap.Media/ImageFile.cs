using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Image files (PNG, JPEG, BMP, TIFF, WebP: what OpenCV reads and writes) as <see cref="PixelFormat.Bgr24"/> frames.</summary>
public static unsafe class ImageFile
{
    /// <summary>Extensions, in lower case with the dot, that a folder of images is searched for.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"];

    /// <summary>True when a file's extension is one of <see cref="Extensions"/>.</summary>
    public static bool HasImageExtension(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>The images among a folder's <see cref="VisibleFiles"/>, in no order.</summary>
    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    public static IEnumerable<string> In(string folder) => VisibleFiles.In(folder).Where(HasImageExtension);

    /// <summary>Reads an image: EXIF orientation applied, alpha dropped, 16 bits reduced to 8, grey spread to three channels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pool">Where the frame's memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <returns>A frame named as the file, owned by the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, unreadable, empty or no image.</exception>
    public static PooledFrame Read(string path, FramePool? pool = null)
    {
        byte[] file;
        try
        {
            file = RegularFile.ReadAllBytes(path, Array.MaxLength);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"The image '{path}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserErrorException($"The image '{path}' cannot be read: {OneLine(e)}", e);
        }
        PooledFrame frame = Decode(file, path, pool);
        frame.Name = Path.GetFileName(path);
        return frame;
    }

    /// <summary>Decodes the bytes of an image file, as <see cref="Read"/>.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="pool">Where the frame's memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <exception cref="UserErrorException">The bytes are empty or no image.</exception>
    public static PooledFrame Decode(ReadOnlySpan<byte> file, string name = "image", FramePool? pool = null)
    {
        SafeImageHandle decoded;
        try
        {
            decoded = SafeImageHandle.Decode(file);
        }
        catch (ShimException e) when (e.Status == ShimStatus.InvalidData)
        {
            throw new UserErrorException($"The image '{name}' cannot be read: {e.Message}.", e);
        }
        using (decoded)
        {
            PooledFrame frame = (pool ?? FramePool.Shared).Rent(decoded.Width, decoded.Height, PixelFormat.Bgr24);
            PlaneView plane = frame.Plane(0);
            decoded.CopyTo(plane.Row(0), plane.Stride);
            return frame;
        }
    }

    /// <summary>
    /// Writes an image in the format of the path's extension. It is encoded in memory and written under a temporary name in the same
    /// folder that is then renamed, so the final name never holds a partial file.
    /// </summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="bgr">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    /// <param name="jpegQuality">1..100, for JPEG and WebP.</param>
    /// <exception cref="UserErrorException">The extension is not that of an image, or the folder cannot be written.</exception>
    public static void Write(string path, Frame bgr, int jpegQuality = 95)
    {
        using SafeImageBytesHandle encoded = Encoded(Path.GetExtension(path), bgr, jpegQuality, path);
        try
        {
            using TemporaryFile file = TemporaryFile.Create(path);
            file.Stream.Write(encoded.Bytes);
            file.Commit(flushToDisk: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The image '{path}' cannot be written: {OneLine(e)}", e);
        }
    }

    /// <summary>Encodes a frame in the format of an extension.</summary>
    /// <param name="extension">With its dot, for example <c>.png</c>.</param>
    /// <param name="bgr">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    /// <param name="jpegQuality">1..100, for JPEG and WebP.</param>
    /// <exception cref="UserErrorException">The extension is not that of an image.</exception>
    public static byte[] Encode(string extension, Frame bgr, int jpegQuality = 95)
    {
        using SafeImageBytesHandle encoded = Encoded(extension, bgr, jpegQuality, extension);
        return encoded.Bytes.ToArray();
    }

    private static SafeImageBytesHandle Encoded(string extension, Frame bgr, int quality, string name)
    {
        if (bgr.Format != PixelFormat.Bgr24)
            throw new ArgumentException($"image files are written from Bgr24 frames, not {bgr.Format.Words}", nameof(bgr));
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        PlaneView plane = bgr.Plane(0);
        SafeImageBytesHandle? encoded = extension.Length < 2
            ? null
            : SafeImageBytesHandle.Encode(extension, plane.Row(0), plane.Width, plane.Height, plane.Stride, quality);
        return encoded ?? throw new UserErrorException(
            $"'{name}' has no extension of an image that can be written; use one of {string.Join(", ", Extensions)}.");
    }

    private static string OneLine(Exception e) => e.Message.ReplaceLineEndings(" ").TrimEnd('.') + ".";
}
