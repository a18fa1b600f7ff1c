using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>
/// The CUDA driver API, names and signatures as in cuda.h. Every call returns a <see cref="CudaResult"/>; what may leak or must be
/// checked is internal to its handle. Device pointers (<c>CUdeviceptr</c>) travel as <c>nint</c>.
/// </summary>
public static unsafe partial class CudaNative
{
    /// <summary>The library's name in imports.</summary>
    public const string Library = "cuda";

    [LibraryImport(Library)]
    internal static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDriverGetVersion(int* version);

    [LibraryImport(Library)]
    internal static partial CudaResult cuGetErrorName(CudaResult error, byte** text);

    [LibraryImport(Library)]
    internal static partial CudaResult cuGetErrorString(CudaResult error, byte** text);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDeviceGet(int* device, int ordinal);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDeviceGetCount(int* count);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDeviceTotalMem_v2(nuint* bytes, int device);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDevicePrimaryCtxRetain(nint* context, int device);

    [LibraryImport(Library)]
    internal static partial CudaResult cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    internal static partial CudaResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    internal static partial CudaResult cuCtxGetCurrent(nint* context);
}

/// <summary>What can be asked about a device (<c>CUdevice_attribute</c> of cuda.h), as far as this program asks.</summary>
public enum CudaDeviceAttribute
{
    MaxThreadsPerBlock = 1,
    MaxGridDimX = 5,
    MaxGridDimY = 6,
    MaxGridDimZ = 7,
    WarpSize = 10,
    MultiprocessorCount = 16,
    L2CacheBytes = 38,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MemoryPoolsSupported = 115,
}
