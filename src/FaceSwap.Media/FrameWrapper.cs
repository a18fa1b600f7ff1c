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
    /// <param name="frame">The frame.</param>
    /// <param name="device">An encoder that takes frames from a device's memory; null: native code reads the host's samples.</param>
    public static SafeAvFrameHandle Take(Frame frame, DeviceEncoding? device = null)
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
        bool onDevice = device?.Takes(frame) == true;
        if (onDevice)
        {
            DeviceFrame there = (DeviceFrame)frame;
            // Its own work on the frame is in order with what was enqueued; the encoder knows nothing of that order.
            there.WaitForDevice();
            info.Format = VideoHardware.DeviceFormat;
            for (int i = 0; i < frame.PlaneCount; i++)
                (info.Data[i], info.Stride[i]) = (there.DevicePlane(i), there.DeviceStride);
        }
        for (int i = 0; i < frame.PlaneCount && !onDevice; i++)
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
