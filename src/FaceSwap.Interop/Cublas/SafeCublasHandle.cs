namespace FaceSwap.Interop;

/// <summary>cuBLAS' state for one device and one stream. Used from one thread at a time.</summary>
public sealed unsafe class SafeCublasHandle : SafeCudaHandle
{
    private SafeCublasHandle()
    {
    }

    /// <summary>Creates the state; everything executed with it goes to <paramref name="stream"/>.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public static SafeCublasHandle Create(SafeCudaContextHandle context, SafeCudaStreamHandle stream)
    {
        context.MakeCurrent();
        var owner = new SafeCublasHandle();
        nint created;
        CublasException.ThrowIfFailed(CublasNative.cublasCreate_v2(&created), context.Description);
        owner.Own(created, context, stream);
        CublasException.ThrowIfFailed(CublasNative.cublasSetStream_v2(created, stream), context.Description);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) =>
        CublasNative.cublasDestroy_v2(pointer) == CublasStatus.Success ? CudaResult.Success : CudaResult.Unknown;
}
