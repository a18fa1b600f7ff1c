using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;
using FaceSwap.Media.Metadata;

namespace FaceSwap.Media;

/// <summary>Image files (PNG, JPEG, BMP, TIFF, WebP: what OpenCV reads and writes) as <see cref="PixelFormat.Bgr24"/> frames.</summary>
public static unsafe class ImageFile
{
    /// <summary>Extensions, in lower case with the dot, that a folder of images is searched for.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".tif", ".tiff", ".webp"];

    /// <summary>True when a file's extension is one of <see cref="Extensions"/>.</summary>
    public static bool HasImageExtension(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Reads an image: turned upright by its EXIF orientation, alpha dropped, 16 bits reduced to 8, grey spread to three channels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pool">Where the frame's memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <param name="keepFile">Whether the frame keeps the file (<see cref="Frame.File"/>), for a writer that takes over what the samples cannot hold.</param>
    /// <returns>A frame named as the file, owned by the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, unreadable, empty, cut off, no image, or one of more than <see cref="ImageHeader.MostPixels"/>.</exception>
    public static PooledFrame Read(string path, FramePool? pool = null, bool keepFile = false)
    {
        byte[] file;
        try
        {
            file = RegularFile.ReadAllBytes(path, Array.MaxLength);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            FileNames.RequireUtf8(path);
            throw new UserErrorException($"The image '{path}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserErrorException($"The image '{path}' cannot be read: {OneLine(e)}", e);
        }
        PooledFrame frame = DecodeFile(file, path, pool);
        frame.Name = Path.GetFileName(path);
        if (keepFile)
            frame.File = file;
        return frame;
    }

    /// <summary>Decodes the bytes of an image file, as <see cref="Read"/>.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="pool">Where the frame's memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <exception cref="UserErrorException">The bytes are empty, cut off or no image, or one of more than <see cref="ImageHeader.MostPixels"/>.</exception>
    public static PooledFrame Decode(ReadOnlySpan<byte> file, string name = "image", FramePool? pool = null) => DecodeFile(file.ToArray(), name, pool);

    private static PooledFrame DecodeFile(byte[] file, string name, FramePool? pool)
    {
        UserErrorException Unreadable(string why, Exception? inner = null) => new($"The image '{name}' cannot be read: {why}.", inner);
        if (file.Length == 0)
            throw Unreadable("the file is empty");
        // Before anything is decoded: a file of a few megabytes can unfold to gigabytes.
        if (ImageHeader.Read(file) is not { Width: > 0, Height: > 0 } header)
            throw Unreadable("it is not an image of a kind that is read, or it is damaged");
        if (header.Width > ImageHeader.MostPixels / header.Height)
            throw Unreadable($"it has {header.Width}×{header.Height} pixels, and the most that are read are {ImageHeader.MostPixels}, as in 16384×16384; make it smaller");
        if (header.Kind == ImageKind.Jpeg && !JpegSegments.IsWhole(file))
            throw Unreadable("it is cut off, its end is missing");
        SafeImageHandle decoded;
        try
        {
            decoded = SafeImageHandle.Decode(file, header.Orientation, header.IsDeep);
        }
        catch (ShimException e) when (e.Status is ShimStatus.InvalidData or ShimStatus.OutOfMemory)
        {
            throw Unreadable(e.Message, e);
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
        WriteBytes(path, encoded.Bytes);
    }

    /// <summary>Writes an image that takes over from the file it was decoded from (<see cref="Frame.File"/>) what its samples cannot hold; otherwise as <see cref="Write"/>.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="bgr">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    /// <param name="jpegQuality">1..100, for JPEG and WebP.</param>
    /// <returns>What the format has no place for.</returns>
    /// <exception cref="UserErrorException">The extension is not that of an image, or the folder cannot be written.</exception>
    public static ImageLosses WriteLike(string path, Frame bgr, int jpegQuality = 95)
    {
        if (bgr.File.IsEmpty || ImageHeader.Read(bgr.File) is not { } header)
        {
            Write(path, bgr, jpegQuality);
            return ImageLosses.None;
        }
        ImageOrigin origin = new(bgr.File, header, Path.GetExtension(path));
        byte[] file;
        using (SafeImageBytesHandle encoded = Encoded(Path.GetExtension(path), bgr, jpegQuality, path, origin))
            file = origin.Complete(encoded.Bytes);
        WriteBytes(path, file);
        return origin.Losses;
    }

    private static void WriteBytes(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using TemporaryFile file = TemporaryFile.Create(path);
            file.Stream.Write(bytes);
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

    private static SafeImageBytesHandle Encoded(string extension, Frame bgr, int quality, string name, ImageOrigin? origin = null)
    {
        if (bgr.Format != PixelFormat.Bgr24)
            throw new ArgumentException($"image files are written from Bgr24 frames, not {bgr.Format.Words}", nameof(bgr));
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        PlaneView plane = bgr.Plane(0);
        // Codecs go by the extension, and one of JPEG's they do not know.
        string format = extension.Equals(".jfif", StringComparison.OrdinalIgnoreCase) ? ".jpg" : extension;
        SafeImageBytesHandle? encoded = format.Length < 2
            ? null
            : origin is { Keep: not ImageKeep.None }
            ? SafeImageBytesHandle.EncodeLike(format, plane.Row(0), plane.Width, plane.Height, plane.Stride, quality, origin.File.Span, origin.Header.Orientation, origin.Keep)
            : SafeImageBytesHandle.Encode(format, plane.Row(0), plane.Width, plane.Height, plane.Stride, quality);
        return encoded ?? throw new UserErrorException(
            $"'{name}' has no extension of an image that can be written; use one of {string.Join(", ", Extensions)}.");
    }

    private static string OneLine(Exception e) => e.Message.ReplaceLineEndings(" ").TrimEnd('.') + ".";
}
