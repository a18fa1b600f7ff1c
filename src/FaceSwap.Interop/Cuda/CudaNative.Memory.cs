using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A rectangle to copy (<c>CUDA_MEMCPY2D_v2</c> of cuda.h): rows of <see cref="WidthInBytes"/> between two pitches.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CudaMemcpy2D
{
    /// <summary><c>CU_MEMORYTYPE_HOST</c>.</summary>
    public const int Host = 1;

    /// <summary><c>CU_MEMORYTYPE_DEVICE</c>.</summary>
    public const int Device = 2;

    public nuint SrcXInBytes;
    public nuint SrcY;
    public int SrcMemoryType;
    public nint SrcHost;
    public nint SrcDevice;
    public nint SrcArray;
    public nuint SrcPitch;
    public nuint DstXInBytes;
    public nuint DstY;
    public int DstMemoryType;
    public nint DstHost;
    public nint DstDevice;
    public nint DstArray;
    public nuint DstPitch;
    public nuint WidthInBytes;
    public nuint Height;
}

public static unsafe partial class CudaNative
{
    [LibraryImport(Library)]
    public static partial CudaResult cuMemGetInfo_v2(nuint* free, nuint* total);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemAlloc_v2(nint* pointer, nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemFree_v2(nint pointer);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemHostAlloc(void** pointer, nuint bytes, uint flags);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemFreeHost(void* pointer);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyHtoDAsync_v2(nint destination, void* source, nuint bytes, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoHAsync_v2(void* destination, nint source, nuint bytes, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoDAsync_v2(nint destination, nint source, nuint bytes, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpy2DAsync_v2(in CudaMemcpy2D copy, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemsetD8Async(nint destination, byte value, nuint count, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemsetD32Async(nint destination, uint value, nuint count, SafeCudaStreamHandle stream);
}
