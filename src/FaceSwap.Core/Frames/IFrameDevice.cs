namespace FaceSwap.Core.Frames;

/// <summary>A picture in device memory that belongs to a decoder, as two planes of NV12.</summary>
/// <param name="Luma">Device address of the first row.</param>
/// <param name="LumaStride">Bytes from row to row.</param>
/// <param name="Chroma">Device address of the first row of interleaved U and V.</param>
/// <param name="ChromaStride">Bytes from row to row.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
public readonly record struct DeviceSurface(nint Luma, int LumaStride, nint Chroma, int ChromaStride, int Width, int Height);

/// <summary>
/// A device as sources and sinks of video see it: it takes pictures from a decoder that shares its context, or from the host, as <see cref="DeviceFrame"/>s. Taking is for
/// one thread at a time; frames may be used on others. It must outlive its frames and every decoder and encoder that was given its context.
/// </summary>
public interface IFrameDevice : IDisposable
{
    /// <summary>The device as a person knows it.</summary>
    string Name { get; }

    /// <summary>The driver's context that memory belongs to (<c>CUcontext</c>).</summary>
    nint NativeContext { get; }

    /// <summary>The queue in which a decoder has to deliver (<c>CUstream</c>).</summary>
    nint NativeStream { get; }

    /// <summary>Whether frames are meant to stay on the device, for an encoder there: then only luma is copied to the host unasked.</summary>
    bool Stay { get; set; }

    /// <summary>Most pictures of a decoder that are kept from it at any moment: so many more than it needs itself must it have.</summary>
    int SurfacesHeld { get; }

    /// <summary>Takes a picture that a decoder delivered into <see cref="NativeStream"/>: it is copied once, within the device, and the copy belongs to the frame
    /// alone. Does not wait for the copies.</summary>
    /// <param name="surface">The picture.</param>
    /// <param name="holder">Keeps the picture; disposed when the copy is made, also after a failure.</param>
    DeviceFrame Receive(in DeviceSurface surface, IDisposable holder);

    /// <summary>Takes a frame of the host's, which is disposed: YUV420P or NV12.</summary>
    DeviceFrame Upload(Frame frame);

    /// <summary>Bytes copied to the device so far.</summary>
    long UploadedBytes { get; }

    /// <summary>Bytes copied from the device so far.</summary>
    long DownloadedBytes { get; }
}
