namespace FaceSwap.Core.Frames;

/// <summary>
/// An NV12 frame whose samples lie in a device's memory, on the host, or in both. <see cref="Frame.Plane"/> gives the host's samples as for any other frame, and waits
/// for their download where it is still under way (it begins one where there is none), so whoever knows nothing of devices can use it. <see cref="Frame.AsWritable"/>
/// makes the host's samples the only ones.
/// </summary>
public abstract class DeviceFrame : Frame
{
    /// <inheritdoc/>
    public sealed override PixelFormat Format => PixelFormat.Nv12;

    /// <summary>Whether the device has the samples: not when there was no memory for them, nor after <see cref="LeaveDevice"/> or <see cref="Frame.AsWritable"/>.</summary>
    public abstract bool IsOnDevice { get; }

    /// <summary>Bytes from row to row in device memory, of luma and of chroma; a multiple of 512.</summary>
    public abstract int DeviceStride { get; }

    /// <summary>Address of a plane's first sample in device memory: 0 luma, 1 interleaved chroma, which begins <c>DeviceStride · Height</c> bytes after luma.</summary>
    /// <exception cref="InvalidOperationException">The frame is not on the device.</exception>
    public abstract nint DevicePlane(int index);

    /// <summary>Waits until the samples in device memory are complete.</summary>
    public abstract void WaitForDevice();

    /// <summary>Gives the device's memory back, once what is enqueued so far has used it; the host's samples stay or are fetched before. Does not wait.</summary>
    public abstract void LeaveDevice();
}
