namespace FaceSwap.Interop;

/// <summary>A pool of device memory whose blocks are taken and given back in a stream's order, without the device being waited for.</summary>
public sealed unsafe class SafeCudaMemoryPoolHandle : SafeCudaHandle
{
    private const int ReleaseThreshold = 4; // CU_MEMPOOL_ATTR_RELEASE_THRESHOLD

    private SafeCudaMemoryPoolHandle()
    {
    }

    /// <summary>Creates a pool.</summary>
    /// <param name="context">Where.</param>
    /// <param name="ordinal">The device's ordinal.</param>
    /// <param name="keep">Bytes that stay reserved when the stream is waited for.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static SafeCudaMemoryPoolHandle Create(SafeCudaContextHandle context, int ordinal, long keep)
    {
        context.MakeCurrent();
        var owner = new SafeCudaMemoryPoolHandle();
        CudaMemPoolProps properties = new()
        {
            AllocType = CudaMemPoolProps.Pinned,
            LocationType = CudaMemPoolProps.OnDevice,
            LocationId = ordinal,
        };
        nint pool;
        CudaException.ThrowIfFailed(CudaNative.cuMemPoolCreate(&pool, properties), context.Description);
        owner.Own(pool, context);
        ulong threshold = (ulong)keep;
        CudaResult kept = CudaNative.cuMemPoolSetAttribute(pool, ReleaseThreshold, &threshold);
        if (kept != CudaResult.Success)
            owner.Dispose();
        CudaException.ThrowIfFailed(kept, context.Description, nameof(CudaNative.cuMemPoolSetAttribute));
        return owner;
    }

    /// <summary>Gives unused memory back to the device.</summary>
    public void Trim() => CudaException.ThrowIfFailed(CudaNative.cuMemPoolTrimTo(this, 0), Device);

    private protected override CudaResult Free(nint pointer) => CudaNative.cuMemPoolDestroy(pointer);
}
