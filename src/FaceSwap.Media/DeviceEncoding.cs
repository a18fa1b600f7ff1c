using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Which frames of a video go to its encoder from a device's memory.</summary>
internal sealed class DeviceEncoding
{
    private int width, height; // of the first frame

    private DeviceEncoding(IFrameDevice device) => Native = Where(device);

    /// <summary>For the encoder.</summary>
    public VideoHardware Native { get; }

    /// <summary>Null unless the options name a device, and an encoder there.</summary>
    public static DeviceEncoding? For(VideoWriterOptions options) =>
        options.Device is { } device && DeviceVideo.IsEncoder(options.Codec) ? new DeviceEncoding(device) : null;

    /// <summary>A device as the shim takes it.</summary>
    public static VideoHardware Where(IFrameDevice device) => new() { Context = device.NativeContext, Stream = device.NativeStream, Surfaces = device.SurfacesHeld };

    /// <summary>Whether a frame can go as it is.</summary>
    public bool Takes(Frame frame)
    {
        if (width == 0)
            (width, height) = (frame.Width, frame.Height);
        return frame is DeviceFrame { IsOnDevice: true } && (frame.Width, frame.Height) == (width, height) && width % 2 == 0 && height % 2 == 0;
    }
}
