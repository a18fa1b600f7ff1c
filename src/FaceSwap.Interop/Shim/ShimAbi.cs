using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>Whether a shim that was loaded is the one that this assembly was written against: another one's exports may be missing, or take other arguments.</summary>
internal static unsafe class ShimAbi
{
    /// <summary>Names a shim to be loaded in place of the one beside the program.</summary>
    public const string PathVariable = "FACESWAP_SHIM";

    /// <summary>Why a loaded library is not to be called, as a sentence; null when it may be.</summary>
    public static string? Refusal(nint handle, Availability library)
    {
        string has = "no ABI number";
        if (NativeLibrary.TryGetExport(handle, nameof(ShimNative.fs_core_abi_version), out nint function))
        {
            int number = ((delegate* unmanaged<int>)function)();
            if (number == ShimLibraries.ExpectedAbi)
                return null;
            has = $"ABI {number}";
        }
        string remedy = Environment.GetEnvironmentVariable(PathVariable) == library.Path ? $"unset {PathVariable}, which names it, or build" : "build";
        return $"the native shim '{NativeLibraries.FileOf(library)}' has {has}, and this program needs ABI {ShimLibraries.ExpectedAbi}; {remedy} it again with ./build.sh build";
    }
}

/// <summary>The shim that was found belongs to another version of this program; the message is one sentence that says where it is and what to do.</summary>
public sealed class ShimMismatchException(string message) : DllNotFoundException(message);
