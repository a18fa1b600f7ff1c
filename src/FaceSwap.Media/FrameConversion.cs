using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Whole frames from one layout or size to another, by swscale with the frame's matrix and range.</summary>
public static class FrameConversion
{
    /// <summary>A BGR copy of a frame, which it takes and disposes; a BGR frame is returned as it is.</summary>
    public static Frame ToBgr(Frame frame)
    {
        if (frame.Format == PixelFormat.Bgr24)
            return frame;
        PooledFrame result = FramePool.Shared.Rent(frame.Width, frame.Height, PixelFormat.Bgr24);
        try
        {
            (result.Pts, result.Duration, result.Index, result.Name, result.File) = (frame.Pts, frame.Duration, frame.Index, frame.Name, frame.File);
            PlaneView plane = result.Plane(0);
            using SafeAvFrameHandle samples = FrameWrapper.Take(frame);
            ShimException.ThrowIfFailed(ShimNative.fs_video_frame_to_bgr(samples, plane.Data, plane.Stride));
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>A frame of another size (bicubic), with the same format, time and name; takes and disposes the one given.</summary>
    public static Frame Scale(Frame frame, int width, int height)
    {
        (long pts, long duration, long index, string name, ColorMatrix matrix, ColorRange range) =
            (frame.Pts, frame.Duration, frame.Index, frame.Name, frame.Matrix, frame.Range);
        ReadOnlyMemory<byte> file = frame.File;
        using SafeAvFrameHandle samples = FrameWrapper.Take(frame);
        SafeAvFrameHandle scaled = SafeAvFrameHandle.Scale(samples, width, height, out VideoFrameInfo info);
        return new DecodedFrame(scaled, info) { Pts = pts, Duration = duration, Index = index, Name = name, Matrix = matrix, Range = range, File = file };
    }
}
