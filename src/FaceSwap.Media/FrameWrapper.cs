using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Hands frames to native code by reference.</summary>
internal static unsafe class FrameWrapper
{
    /// <summary>
    /// Takes over <paramref name="frame"/>: a decoded frame gives its own reference, any other is wrapped without a copy and disposed
    /// when native code has dropped its last reference to the samples, on whatever thread that happens.
    /// </summary>
    public static SafeAvFrameHandle Take(Frame frame)
    {
        VideoFrameInfo info = default;
        if (frame is DecodedFrame decoded)
            return decoded.Handle;
        info.Pts = frame.Pts;
        info.Duration = frame.Duration;
        info.Width = frame.Width;
        info.Height = frame.Height;
        info.Format = (int)frame.Format;
        info.Matrix = (int)frame.Matrix;
        info.Range = (int)frame.Range;
        for (int i = 0; i < frame.PlaneCount; i++)
        {
            PlaneView plane = frame.Plane(i);
            info.Data[i] = plane.Data;
            info.Stride[i] = plane.Stride;
        }
        return SafeAvFrameHandle.Wrap(info, &Release, GCHandle.ToIntPtr(GCHandle.Alloc(frame)));
    }

    [UnmanagedCallersOnly]
    private static void Release(nint owner)
    {
        GCHandle handle = GCHandle.FromIntPtr(owner);
        Frame frame = (Frame)handle.Target!;
        handle.Free();
        frame.Dispose();
    }
}
