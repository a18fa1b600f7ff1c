using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>What the shim is linked to on this machine.</summary>
public static unsafe class ShimLibraries
{
    private const int Capacity = 128;

    /// <summary>The ABI version that this assembly was written against.</summary>
    public const int ExpectedAbi = 5;

    /// <summary>The version of a library as loaded: <c>ffmpeg</c>, <c>libavformat</c>, <c>libavcodec</c>, <c>libavutil</c>,
    /// <c>libswscale</c>, <c>opencv</c>, <c>dlib</c> or <c>dnnl</c>; null for any other.</summary>
    /// <exception cref="DllNotFoundException">The shim or a library it needs is missing.</exception>
    public static string? Version(string library)
    {
        byte* text = stackalloc byte[Capacity];
        return ShimException.ThrowIfFailed(ShimNative.fs_core_library_version(library, text, Capacity)) == ShimStatus.Ok
            ? Marshal.PtrToStringUTF8((nint)text)
            : null;
    }

    /// <summary>Whether FFmpeg has a video encoder of this name.</summary>
    /// <exception cref="DllNotFoundException">The shim or a library it needs is missing.</exception>
    public static bool HasEncoder(string encoder) =>
        ShimException.ThrowIfFailed(ShimNative.fs_core_has_encoder(encoder)) == ShimStatus.Ok;
}
