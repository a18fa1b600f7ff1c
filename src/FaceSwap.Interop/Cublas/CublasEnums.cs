namespace FaceSwap.Interop;

/// <summary>cuBLAS' statuses that this program tells apart (<c>cublasStatus_t</c>); any other value keeps its number.</summary>
public enum CublasStatus
{
    Success = 0,
    NotInitialized = 1,
    AllocFailed = 3,
    InvalidValue = 7,
    ArchMismatch = 8,
    ExecutionFailed = 13,
    InternalError = 14,
    NotSupported = 15,
}

/// <summary>Types of numbers (<c>cudaDataType_t</c>).</summary>
public enum CublasDataType
{
    Float32 = 0,
    BFloat16 = 14,
}

/// <summary>Arithmetic of a product (<c>cublasComputeType_t</c>).</summary>
public enum CublasCompute
{
    /// <summary>Single precision; bf16 factors go to tensor cores with fp32 sums.</summary>
    Float32 = 68,

    /// <summary>fp32 factors may be rounded to tf32.</summary>
    Float32FastTf32 = 77,
}

/// <summary>Whether a factor is transposed (<c>cublasOperation_t</c>).</summary>
public enum CublasOperation
{
    None = 0,
    Transpose = 1,
}

/// <summary>Attributes of a product (<c>cublasLtMatmulDescAttributes_t</c>), as far as they are used.</summary>
public enum CublasLtMatmulAttribute
{
    TransposeA = 3,
    TransposeB = 4,
    Epilogue = 7,
    BiasPointer = 8,
}

/// <summary>What follows a product (<c>cublasLtEpilogue_t</c>), as far as it is used.</summary>
public enum CublasLtEpilogue : uint
{
    Default = 1,

    /// <summary>Adds a vector, of the result's type, to every column.</summary>
    Bias = 4,
}

/// <summary>Attributes of a search (<c>cublasLtMatmulPreferenceAttributes_t</c>), as far as they are used.</summary>
public enum CublasLtPreferenceAttribute
{
    MaxWorkspaceBytes = 1,
    ReductionSchemeMask = 3,
    MinAlignmentA = 5,
    MinAlignmentB = 6,
    MinAlignmentC = 7,
    MinAlignmentD = 8,
}

/// <summary>How parts of a sum that were computed side by side are added (<c>cublasLtReductionScheme_t</c>, a mask).</summary>
[Flags]
public enum CublasLtReductionScheme : uint
{
    None = 0,

    /// <summary>In the result, one after the other as they come.</summary>
    InPlace = 1,

    /// <summary>From the workspace in a step of its own, in the type of the sums.</summary>
    ComputeType = 2,

    /// <summary>From the workspace in a step of its own, in the type of the result.</summary>
    OutputType = 4,
}
