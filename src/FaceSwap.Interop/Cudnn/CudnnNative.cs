using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>
/// cuDNN 9: the handle, versions and errors; the graph API is in <c>CudnnNative.Backend.cs</c>. Names and signatures as in cudnn_graph.h.
/// What may leak or must be checked is internal to its handle.
/// </summary>
public static unsafe partial class CudnnNative
{
    /// <summary>The library's name in imports.</summary>
    public const string Library = "cudnn";

    /// <summary>10000·major + 100·minor + patch: 91300 is 9.13.0.</summary>
    [LibraryImport(Library)]
    public static partial nuint cudnnGetVersion();

    [LibraryImport(Library)]
    internal static partial byte* cudnnGetErrorString(CudnnStatus status);

    [LibraryImport(Library)]
    internal static partial void cudnnGetLastErrorString(byte* message, nuint maxSize);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnCreate(nint* handle);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDestroy(nint handle);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetStream(nint handle, SafeCudaStreamHandle stream);
}
