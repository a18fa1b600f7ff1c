namespace FaceSwap.Interop;

/// <summary>Host memory that the device reads and writes by itself; page-aligned.</summary>
public sealed unsafe class SafeCudaPinnedMemoryHandle : SafeCudaHandle
{
    private const uint Portable = 1; // CU_MEMHOSTALLOC_PORTABLE: pinned for every context

    private SafeCudaPinnedMemoryHandle()
    {
    }

    /// <summary>The host address, valid until the handle is disposed.</summary>
    public nint Address => handle;

    /// <summary>Takes memory; its content is undefined.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static SafeCudaPinnedMemoryHandle Allocate(SafeCudaContextHandle context, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        context.MakeCurrent();
        var owner = new SafeCudaPinnedMemoryHandle();
        void* pointer;
        CudaException.ThrowIfFailed(CudaNative.cuMemHostAlloc(&pointer, (nuint)Math.Max(1, bytes), Portable), context.Description,
            $"cuMemHostAlloc of {bytes} bytes");
        owner.Own((nint)pointer, context);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuMemFreeHost((void*)pointer);
}
