namespace FaceSwap.Interop;

/// <summary>A moment in a stream.</summary>
public sealed unsafe class SafeCudaEventHandle : SafeCudaHandle
{
    private const uint DisableTiming = 2; // CU_EVENT_DISABLE_TIMING
    private const uint BlockingSync = 1; // CU_EVENT_BLOCKING_SYNC: the waiting thread sleeps

    private SafeCudaEventHandle()
    {
    }

    /// <summary>Creates an event.</summary>
    /// <param name="context">Where.</param>
    /// <param name="timing">Whether the time between two of them can be asked; such an event costs a little more.</param>
    /// <param name="sleeps">Whether a thread that waits for it sleeps instead of spinning.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static SafeCudaEventHandle Create(SafeCudaContextHandle context, bool timing, bool sleeps = false)
    {
        context.MakeCurrent();
        var owner = new SafeCudaEventHandle();
        nint created;
        CudaException.ThrowIfFailed(CudaNative.cuEventCreate(&created, (timing ? 0 : DisableTiming) | (sleeps ? BlockingSync : 0)),
            context.Description);
        owner.Own(created, context);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuEventDestroy_v2(pointer);
}
