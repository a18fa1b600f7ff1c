using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>What a memory pool gives out (<c>CUmemPoolProps_v1</c> of cuda.h): 88 bytes, the last 54 zero.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CudaMemPoolProps
{
    public const int Pinned = 1; // CU_MEM_ALLOCATION_TYPE_PINNED: ordinary device memory
    public const int OnDevice = 1; // CU_MEM_LOCATION_TYPE_DEVICE

    public int AllocType;
    public int HandleTypes;
    public int LocationType;
    public int LocationId;
    public nint Win32SecurityAttributes;
    public nuint MaxSize;
    public ushort Usage;
    public fixed byte Reserved[54];
}

public static unsafe partial class CudaNative
{
    [LibraryImport(Library)]
    internal static partial CudaResult cuMemPoolCreate(nint* pool, in CudaMemPoolProps properties);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemPoolDestroy(nint pool);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemPoolTrimTo(SafeCudaMemoryPoolHandle pool, nuint bytesToKeep);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemPoolSetAttribute(nint pool, int attribute, void* value);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemAllocFromPoolAsync(nint* pointer, nuint bytes, SafeCudaMemoryPoolHandle pool, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    internal static partial CudaResult cuMemFreeAsync(nint pointer, nint stream);
}
