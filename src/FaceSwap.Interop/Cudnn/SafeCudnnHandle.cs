namespace FaceSwap.Interop;

/// <summary>cuDNN's state for one device and one stream. Used from one thread at a time.</summary>
public sealed unsafe class SafeCudnnHandle : SafeCudaHandle
{
    private SafeCudnnHandle()
    {
    }

    /// <summary>The context in which it was created.</summary>
    public SafeCudaContextHandle Owner => Context;

    /// <summary>Creates the state; everything executed with it goes to <paramref name="stream"/>.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public static SafeCudnnHandle Create(SafeCudaContextHandle context, SafeCudaStreamHandle stream)
    {
        context.MakeCurrent();
        var owner = new SafeCudnnHandle();
        nint created;
        CudnnException.ThrowIfFailed(CudnnNative.cudnnCreate(&created), context.Description);
        owner.Own(created, context, stream);
        CudnnException.ThrowIfFailed(CudnnNative.cudnnSetStream(created, stream), context.Description);
        return owner;
    }

    /// <summary>Sends what is executed from now on to another stream, which must outlive the handle or be exchanged again.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public void SetStream(SafeCudaStreamHandle stream) => CudnnException.ThrowIfFailed(CudnnNative.cudnnSetStream(handle, stream), Device);

    /// <summary>The handle's value, for attributes that name it.</summary>
    internal nint Value => handle;

    private protected override CudaResult Free(nint pointer) =>
        CudnnNative.cudnnDestroy(pointer) == CudnnStatus.Success ? CudaResult.Success : CudaResult.Unknown;
}
