using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>
/// Writes frames of any format as JPEG or PNG straight from their YUV planes, as <c>ffmpeg -qscale:v N</c> does. The network's faces and the
/// images of a folder go through <see cref="ImageFile"/>; this is for the frames of a video. Not safe for several threads at once.
/// </summary>
public sealed class StillEncoder : IDisposable
{
    private readonly SafeVideoStillHandle handle;

    private StillEncoder(SafeVideoStillHandle handle)
    {
        this.handle = handle;
    }

    /// <summary>A JPEG encoder; <paramref name="quality"/> on FFmpeg's scale, 1 (best) to 31, the classic tool's is 2.</summary>
    public static StillEncoder Jpeg(double quality = 2)
    {
        if (quality is < 1 or > 31 or double.NaN)
            throw new UserErrorException("The JPEG quality goes from 1 (best) to 31.");
        return new StillEncoder(SafeVideoStillHandle.Create(png: false, quality));
    }

    /// <summary>A PNG encoder: 16 bits a sample for frames of more than 8, and alpha for those that have it.</summary>
    public static StillEncoder Png() => new(SafeVideoStillHandle.Create(png: true, 0));

    /// <summary>Encodes a frame, which it takes and disposes.</summary>
    /// <returns>The image file's bytes, valid until the next call.</returns>
    public unsafe ReadOnlySpan<byte> Encode(Frame frame)
    {
        using SafeAvFrameHandle samples = FrameWrapper.Take(frame);
        ShimException.ThrowIfFailed(ShimNative.fs_video_still_encode(handle, samples, out byte* data, out int size));
        return new ReadOnlySpan<byte>(data, size);
    }

    /// <summary>Encodes a frame, which it takes and disposes, into a file that appears under its name only when complete.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written or the disk is full.</exception>
    public void Write(string path, Frame frame) => Write([path], frame);

    /// <summary>Encodes a frame once, which it takes and disposes, into several files.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written or the disk is full.</exception>
    public void Write(IEnumerable<string> paths, Frame frame)
    {
        ReadOnlySpan<byte> bytes = Encode(frame);
        foreach (string path in paths)
            WriteBytes(path, bytes);
    }

    private static void WriteBytes(string path, ReadOnlySpan<byte> bytes)
    {
        using PendingFile file = new(path);
        try
        {
            file.Stream.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(path, e);
        }
        file.Commit(flushToDisk: false);
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
