using FaceSwap.Core.Frames;

namespace FaceSwap.Compute;

/// <summary>A backend's side of frames in its memory: its work reads and writes them, in order with what else it does. The calls here are for the backend's thread.</summary>
public interface IDeviceFrames : IFrameDevice
{
    /// <summary>Whether frames get a place in device memory; otherwise they pass it only on their way from a decoder to the host.</summary>
    bool Keep { get; set; }

    /// <summary>Has the backend's work wait for a frame's arrival on the device.</summary>
    void Join(DeviceFrame frame);

    /// <summary>Enqueues copying a part of a plane to other memory of the backend. After <see cref="Join"/>.</summary>
    /// <param name="frame">On the device.</param>
    /// <param name="plane">0 or 1.</param>
    /// <param name="firstByte">First byte in a row.</param>
    /// <param name="bytes">Bytes a row.</param>
    /// <param name="firstRow">First row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="destination">Device address of the copy's first byte.</param>
    /// <param name="stride">Bytes from row to row there.</param>
    void Copy(DeviceFrame frame, int plane, int firstByte, int bytes, int firstRow, int rows, nint destination, int stride);

    /// <summary>Says that what is enqueued so far is all that reads the frame.</summary>
    void Used(DeviceFrame frame);

    /// <summary>Says that what is enqueued so far has written the frame in device memory: samples on the host are out of date.</summary>
    void Changed(DeviceFrame frame);
}

/// <summary>How frames live on a device.</summary>
public sealed record DeviceFramesOptions
{
    /// <summary>Frames stay on the device for an encoder there; otherwise whole frames are copied to the host as they come.</summary>
    public bool Stay { get; init; }

    /// <summary>Most device memory for frames; null: half of what is free, and at most 8 GiB. Frames beyond it are on the host only.</summary>
    public long? MostBytes { get; init; }
}
