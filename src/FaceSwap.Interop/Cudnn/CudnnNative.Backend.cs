using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

public static unsafe partial class CudnnNative
{
    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBackendCreateDescriptor(CudnnDescriptorType descriptorType, nint* descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBackendDestroyDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBackendFinalize(nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBackendSetAttribute(nint descriptor, CudnnAttribute attributeName, CudnnAttributeType attributeType,
        long elementCount, void* arrayOfElements);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBackendGetAttribute(nint descriptor, CudnnAttribute attributeName, CudnnAttributeType attributeType,
        long requestedElementCount, long* elementCount, void* arrayOfElements);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBackendExecute(nint handle, nint executionPlan, nint variantPack);
}
