namespace FaceSwap.Interop;

/// <summary>A block of device memory, 256-byte aligned.</summary>
public sealed unsafe class SafeCudaDeviceMemoryHandle : SafeCudaHandle
{
    private SafeCudaDeviceMemoryHandle()
    {
    }

    /// <summary>The device pointer, valid until the handle is disposed.</summary>
    public nint Address => handle;

    /// <summary>Takes memory; its content is undefined.</summary>
    /// <returns>Null when there is not enough.</returns>
    /// <exception cref="CudaException">Any other failure.</exception>
    public static SafeCudaDeviceMemoryHandle? TryAllocate(SafeCudaContextHandle context, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        context.MakeCurrent();
        var owner = new SafeCudaDeviceMemoryHandle();
        nint pointer;
        CudaResult result = CudaNative.cuMemAlloc_v2(&pointer, (nuint)Math.Max(1, bytes));
        if (result == CudaResult.OutOfMemory)
            return null;
        CudaException.ThrowIfFailed(result, context.Description, $"cuMemAlloc_v2 of {bytes} bytes");
        owner.Own(pointer, context);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuMemFree_v2(pointer);
}
