using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

public static unsafe partial class ShimNative
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ShimStatus fs_core_library_version(string library, byte* text, int capacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ShimStatus fs_core_has_encoder(string name);
}
