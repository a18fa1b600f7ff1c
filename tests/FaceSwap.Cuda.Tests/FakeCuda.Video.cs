using System.Runtime.InteropServices;

namespace FaceSwap.Cuda.Tests;

// Controls of the video decoder's stand-in.
internal static partial class FakeCuda
{
    private const string VideoLibrary = "libnvcuvid.so.1";

    /// <summary>Of the decoder: <c>decoders</c> live, <c>created</c>, pictures <c>decoded</c>, <c>mapped</c> now, <c>most mapped</c>, <c>surfaces</c> of the last decoder,
    /// <c>faults</c>.</summary>
    [LibraryImport(VideoLibrary, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long fake_nvcuvid_count(string what);

    /// <summary>Has <c>caps</c>, <c>decoder</c> or <c>map</c> fail.</summary>
    [LibraryImport(VideoLibrary, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void fake_nvcuvid_refuse(string what, int on);
}
