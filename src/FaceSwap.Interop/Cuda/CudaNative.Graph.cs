using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

public static unsafe partial class CudaNative
{
    [LibraryImport(Library)]
    internal static partial CudaResult cuGraphInstantiateWithFlags(nint* executable, SafeCudaGraphHandle graph, ulong flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphLaunch(SafeCudaGraphExecHandle executable, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphUpload(SafeCudaGraphExecHandle executable, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphGetNodes(SafeCudaGraphHandle graph, nint* nodes, nuint* count);

    [LibraryImport(Library)]
    internal static partial CudaResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    internal static partial CudaResult cuGraphExecDestroy(nint executable);
}
