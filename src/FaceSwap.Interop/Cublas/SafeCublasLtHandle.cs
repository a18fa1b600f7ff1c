namespace FaceSwap.Interop;

/// <summary>cuBLASLt's state for one device.</summary>
public sealed unsafe class SafeCublasLtHandle : SafeCudaHandle
{
    private SafeCublasLtHandle()
    {
    }

    /// <summary>The context in which it was created.</summary>
    public SafeCudaContextHandle Owner => Context;

    /// <summary>Creates the state.</summary>
    /// <exception cref="CublasException">The library refuses.</exception>
    public static SafeCublasLtHandle Create(SafeCudaContextHandle context)
    {
        context.MakeCurrent();
        var owner = new SafeCublasLtHandle();
        nint created;
        CublasException.ThrowIfFailed(CublasLtNative.cublasLtCreate(&created), context.Description);
        owner.Own(created, context);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) =>
        CublasLtNative.cublasLtDestroy(pointer) == CublasStatus.Success ? CudaResult.Success : CudaResult.Unknown;
}
