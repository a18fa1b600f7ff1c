using System.Runtime.InteropServices;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>What a device's own decoders and encoders can do, found out by trying.</summary>
public static unsafe class DeviceVideo
{
    private const int ReasonBytes = 512;

    /// <summary>Codecs worth asking for, by FFmpeg's names.</summary>
    public static IReadOnlyList<string> Decoders { get; } = ["h264", "hevc", "av1", "vp9", "mpeg2video"];

    /// <summary>Encoders worth asking for, the preferred one first.</summary>
    public static IReadOnlyList<string> Encoders { get; } = ["h264_nvenc", "hevc_nvenc"];

    /// <summary>Whether an encoder by its FFmpeg name is one that takes frames from a device's memory.</summary>
    public static bool IsEncoder(string codec) => codec.EndsWith("_nvenc", StringComparison.Ordinal);

    /// <summary>Opens an encoder on a device.</summary>
    /// <returns>Null when it opens, otherwise why not, in words that end a sentence.</returns>
    public static string? EncoderTrouble(IFrameDevice device, string codec)
    {
        byte* reason = stackalloc byte[ReasonBytes];
        return ShimException.ThrowIfFailed(ShimNative.fs_video_try_encoder(DeviceEncoding.Where(device), codec, reason, ReasonBytes)) == ShimStatus.Ok ? null : Text(reason);
    }

    /// <summary>Decodes a picture on a device.</summary>
    /// <returns>Null when that is done, otherwise why not, in words that end a sentence.</returns>
    public static string? DecoderTrouble(IFrameDevice device, string codec)
    {
        byte* reason = stackalloc byte[ReasonBytes];
        return ShimException.ThrowIfFailed(ShimNative.fs_video_try_decoder(DeviceEncoding.Where(device), codec, reason, ReasonBytes)) == ShimStatus.Ok ? null : Text(reason);
    }

    private static string Text(byte* reason) => Marshal.PtrToStringUTF8((nint)reason) ?? "";
}
