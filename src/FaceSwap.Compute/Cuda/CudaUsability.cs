using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>What a CUDA device needs besides itself, found without opening it.</summary>
public static class CudaUsability
{
    // cuDNN 9 is the first whose graph API the backend uses.
    private const int OldestCudnn = 90000;

    /// <summary>Why a device cannot be used, in words that end a sentence; null when it can.</summary>
    public static string? Trouble(int ordinal) => CudaDevice.Trouble(ordinal) ?? LibraryTrouble();

    /// <summary>Which library that the device needs is missing or too old; null when none is.</summary>
    public static string? LibraryTrouble()
    {
        if (Missing(CublasLtNative.Library, "cuBLASLt") is { } lt)
            return lt;
        if (Missing(CublasNative.Library, "cuBLAS") is { } blas)
            return blas;
        if (Missing(CudnnNative.Library, "cuDNN 9") is { } dnn)
            return dnn;
        return CudnnTrouble(CudnnNative.cudnnGetVersion(), NativeLibraries.FileOf(NativeLibraries.Probe(CudnnNative.Library)));
    }

    /// <summary>Whether a version of cuDNN, as cudnnGetVersion tells it, is too old.</summary>
    internal static string? CudnnTrouble(ulong version, string? file) => version >= OldestCudnn ? null
        // cuDNN 8 counted 1000·major + 100·minor + patch.
        : $"cuDNN is {version / 1000}.{version / 100 % 10}.{version % 100} ({file}), and 9 is needed";

    private static string? Missing(string library, string name)
    {
        Availability found = NativeLibraries.Probe(library);
        return found.IsAvailable ? null : $"{name} was not found (tried {Tried(found)})";
    }

    // All names are for 'faceswap doctor'; a sentence has room for the first few.
    private static string Tried(Availability library) => library.Tried.Count <= 3
        ? string.Join(", ", library.Tried)
        : $"{string.Join(", ", library.Tried.Take(2))} and {library.Tried.Count - 2} other places that 'faceswap doctor' lists";
}
