namespace FaceSwap.Interop;

/// <summary>A descriptor of cuBLASLt: of a product, of a matrix, or of what a search may propose.</summary>
public abstract class SafeCublasLtObjectHandle : SafeCudaHandle
{
    private protected SafeCublasLtObjectHandle()
    {
    }

    private protected static CudaResult Result(CublasStatus status) => status == CublasStatus.Success ? CudaResult.Success : CudaResult.Unknown;
}

/// <summary>A product D = op(A)·op(B), with sums and scale in fp32.</summary>
public sealed unsafe class SafeCublasLtMatmulHandle : SafeCublasLtObjectHandle
{
    /// <summary>Creates a description.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public static SafeCublasLtMatmulHandle Create(SafeCublasLtHandle lt, CublasCompute compute)
    {
        var owner = new SafeCublasLtMatmulHandle();
        nint created;
        CublasException.ThrowIfFailed(CublasLtNative.cublasLtMatmulDescCreate(&created, compute, CublasDataType.Float32), lt.Device);
        owner.Own(created, lt.Owner, lt);
        return owner;
    }

    /// <summary>Sets an attribute.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public void Set<T>(CublasLtMatmulAttribute attribute, T value) where T : unmanaged
    {
        CublasStatus status = CublasLtNative.cublasLtMatmulDescSetAttribute(handle, attribute, &value, (nuint)sizeof(T));
        if (status != CublasStatus.Success)
            throw new CublasException(status, $"cublasLtMatmulDescSetAttribute({attribute})", Device);
    }

    private protected override CudaResult Free(nint pointer) => Result(CublasLtNative.cublasLtMatmulDescDestroy(pointer));
}

/// <summary>A column-major matrix.</summary>
public sealed unsafe class SafeCublasLtLayoutHandle : SafeCublasLtObjectHandle
{
    /// <summary>Creates a description.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public static SafeCublasLtLayoutHandle Create(SafeCublasLtHandle lt, CublasDataType type, long rows, long columns, long leadingDimension)
    {
        var owner = new SafeCublasLtLayoutHandle();
        nint created;
        CublasException.ThrowIfFailed(
            CublasLtNative.cublasLtMatrixLayoutCreate(&created, type, (ulong)rows, (ulong)columns, leadingDimension), lt.Device);
        owner.Own(created, lt.Owner, lt);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) => Result(CublasLtNative.cublasLtMatrixLayoutDestroy(pointer));
}

/// <summary>What a search for algorithms may propose.</summary>
public sealed unsafe class SafeCublasLtPreferenceHandle : SafeCublasLtObjectHandle
{
    /// <summary>Creates a description without limits but for a workspace of 0 bytes.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public static SafeCublasLtPreferenceHandle Create(SafeCublasLtHandle lt)
    {
        var owner = new SafeCublasLtPreferenceHandle();
        nint created;
        CublasException.ThrowIfFailed(CublasLtNative.cublasLtMatmulPreferenceCreate(&created), lt.Device);
        owner.Own(created, lt.Owner, lt);
        return owner;
    }

    /// <summary>Sets an attribute.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public void Set<T>(CublasLtPreferenceAttribute attribute, T value) where T : unmanaged
    {
        CublasStatus status = CublasLtNative.cublasLtMatmulPreferenceSetAttribute(handle, attribute, &value, (nuint)sizeof(T));
        if (status != CublasStatus.Success)
            throw new CublasException(status, $"cublasLtMatmulPreferenceSetAttribute({attribute})", Device);
    }

    private protected override CudaResult Free(nint pointer) => Result(CublasLtNative.cublasLtMatmulPreferenceDestroy(pointer));
}
