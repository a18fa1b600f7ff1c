using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Convert;

/// <summary>Where a conversion's videos are decoded and encoded.</summary>
public enum VideoHardware
{
    /// <summary>On the device that the network runs on, as far as it can.</summary>
    Auto,

    /// <summary>On that device; what it cannot decode is a warning.</summary>
    Device,

    /// <summary>On the processor.</summary>
    None,

    /// <summary>On the processor; whole frames go to the device.</summary>
    Upload,
}

/// <summary>Prepares for frames in the memory of the device that the network runs on.</summary>
internal static class ConvertFrames
{
    private const string AnyEncoder = "auto", Standard = "libx264";

    /// <summary>Prepares the device's memory, and chooses the encoder.</summary>
    /// <param name="options">What was asked for; afterwards with an encoder's name.</param>
    /// <param name="backend">Where the network runs.</param>
    /// <param name="note">Takes what was chosen.</param>
    /// <returns>Null: frames are the host's.</returns>
    /// <exception cref="UserErrorException">The device was asked for, and the network does not run on one.</exception>
    public static IDeviceFrames? Open(ref ConvertOptions options, IBackend backend, Action<string>? note)
    {
        IDeviceFrames? frames = options.Hardware == VideoHardware.None ? null : backend.CreateFrames(new DeviceFramesOptions());
        try
        {
            if (frames is null && options.Hardware is VideoHardware.Device or VideoHardware.Upload)
                throw new UserErrorException($"--hwaccel cuda needs a GPU that the network runs on too, and it runs on {backend.Info.Device}; choose --device cuda, or leave --hwaccel out");
            if (options.Codec == AnyEncoder)
            {
                string? encoder = frames is null ? null : DeviceVideo.Encoders.FirstOrDefault(e => DeviceVideo.EncoderTrouble(frames, e) is null);
                options = options with { Codec = encoder ?? Standard };
                note?.Invoke($"encoder: {options.Codec}");
            }
            if (frames is not null)
                frames.Stay = DeviceVideo.IsEncoder(options.Codec) && options.OutputScale == 100;
            return frames;
        }
        catch
        {
            frames?.Dispose();
            throw;
        }
    }
}
