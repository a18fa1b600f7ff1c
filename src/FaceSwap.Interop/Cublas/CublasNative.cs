using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>cuBLAS: the handle and the general product. Names and signatures as in cublas_api.h; <c>_v2</c> is what the header's macros give.</summary>
public static unsafe partial class CublasNative
{
    /// <summary>The library's name in imports.</summary>
    public const string Library = "cublas";

    /// <summary><c>CUBLAS_GEMM_DEFAULT</c>: the library chooses the algorithm.</summary>
    public const int DefaultAlgorithm = -1;

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasCreate_v2(nint* handle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasDestroy_v2(nint handle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasSetStream_v2(nint handle, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CublasStatus cublasGetVersion_v2(SafeCublasHandle handle, int* version);

    /// <summary>Gives the handle scratch of the caller's, so that it takes none itself while a stream is captured.</summary>
    [LibraryImport(Library)]
    public static partial CublasStatus cublasSetWorkspace_v2(SafeCublasHandle handle, nint workspace, nuint workspaceSizeInBytes);

    [LibraryImport(Library)]
    public static partial CublasStatus cublasGemmEx(SafeCublasHandle handle, CublasOperation transa, CublasOperation transb, int m, int n, int k,
        void* alpha, nint a, CublasDataType aType, int lda, nint b, CublasDataType bType, int ldb, void* beta, nint c, CublasDataType cType,
        int ldc, CublasCompute computeType, int algo);
}
