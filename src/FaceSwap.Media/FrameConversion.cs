using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Whole frames from one layout to another, by swscale with the frame's matrix and range.</summary>
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
            (result.Pts, result.Duration, result.Index, result.Name) = (frame.Pts, frame.Duration, frame.Index, frame.Name);
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
}
