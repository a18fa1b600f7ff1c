using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>cuBLASLt: products with an epilogue and a choice of algorithm. Names and signatures as in cublasLt.h.</summary>
public static unsafe partial class CublasLtNative
{
    /// <summary>The library's name in imports.</summary>
    public const string Library = "cublasLt";

    /// <summary>10000·major + 100·minor + patch.</summary>
    [LibraryImport(Library)]
    public static partial nuint cublasLtGetVersion();

    [LibraryImport(Library)]
    internal static partial byte* cublasLtGetStatusName(CublasStatus status);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtCreate(nint* lightHandle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtDestroy(nint lightHandle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulDescCreate(nint* matmulDesc, CublasCompute computeType, CublasDataType scaleType);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulDescDestroy(nint matmulDesc);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulDescSetAttribute(nint matmulDesc, CublasLtMatmulAttribute attr, void* buf, nuint sizeInBytes);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatrixLayoutCreate(nint* matLayout, CublasDataType type, ulong rows, ulong cols, long ld);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatrixLayoutDestroy(nint matLayout);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulPreferenceCreate(nint* pref);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulPreferenceDestroy(nint pref);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulPreferenceSetAttribute(nint pref, CublasLtPreferenceAttribute attr, void* buf, nuint sizeInBytes);

    [LibraryImport(Library)]
    public static partial CublasStatus cublasLtMatmulAlgoGetHeuristic(SafeCublasLtHandle lightHandle, SafeCublasLtObjectHandle operationDesc,
        SafeCublasLtObjectHandle aDesc, SafeCublasLtObjectHandle bDesc, SafeCublasLtObjectHandle cDesc, SafeCublasLtObjectHandle dDesc,
        SafeCublasLtObjectHandle preference, int requestedAlgoCount, CublasLtHeuristicResult* heuristicResultsArray, int* returnAlgoCount);

    [LibraryImport(Library)]
    public static partial CublasStatus cublasLtMatmulAlgoCheck(SafeCublasLtHandle lightHandle, SafeCublasLtObjectHandle operationDesc,
        SafeCublasLtObjectHandle aDesc, SafeCublasLtObjectHandle bDesc, SafeCublasLtObjectHandle cDesc, SafeCublasLtObjectHandle dDesc,
        in CublasLtAlgorithm algo, out CublasLtHeuristicResult result);

    [LibraryImport(Library)]
    public static partial CublasStatus cublasLtMatmul(SafeCublasLtHandle lightHandle, SafeCublasLtObjectHandle computeDesc, void* alpha, nint a,
        SafeCublasLtObjectHandle aDesc, nint b, SafeCublasLtObjectHandle bDesc, void* beta, nint c, SafeCublasLtObjectHandle cDesc, nint d,
        SafeCublasLtObjectHandle dDesc, in CublasLtAlgorithm algo, nint workspace, nuint workspaceSizeInBytes, SafeCudaStreamHandle stream);
}
