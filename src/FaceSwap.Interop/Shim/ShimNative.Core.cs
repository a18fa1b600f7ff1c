using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>The shim's exports, one file per module of <c>src/FaceSwap.Shim</c>.</summary>
public static unsafe partial class ShimNative
{
    /// <summary>The library's name in imports.</summary>
    public const string Library = "faceswap_shim";

    /// <summary>The part of the shim that reads and writes image files, loaded when the first one is.</summary>
    public const string ImagesLibrary = "faceswap_images";

    [LibraryImport(Library)]
    internal static partial byte* fs_core_last_error();

    [LibraryImport(Library)]
    public static partial int fs_core_abi_version();
}
