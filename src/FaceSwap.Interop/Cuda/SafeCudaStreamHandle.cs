namespace FaceSwap.Interop;

/// <summary>A queue of work on a device.</summary>
public sealed unsafe class SafeCudaStreamHandle : SafeCudaHandle
{
    private const uint NonBlocking = 1; // CU_STREAM_NON_BLOCKING: no waiting for what other libraries put on the legacy stream

    private SafeCudaStreamHandle()
    {
    }

    /// <summary>Creates a stream.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static SafeCudaStreamHandle Create(SafeCudaContextHandle context)
    {
        context.MakeCurrent();
        var owner = new SafeCudaStreamHandle();
        nint stream;
        CudaException.ThrowIfFailed(CudaNative.cuStreamCreate(&stream, NonBlocking), context.Description);
        owner.Own(stream, context);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuStreamDestroy_v2(pointer);
}
