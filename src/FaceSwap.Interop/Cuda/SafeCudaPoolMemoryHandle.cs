namespace FaceSwap.Interop;

/// <summary>A block of a memory pool, 256-byte aligned; given back in its stream's order when disposed.</summary>
public sealed unsafe class SafeCudaPoolMemoryHandle : SafeCudaHandle
{
    private readonly SafeCudaStreamHandle stream;

    private SafeCudaPoolMemoryHandle(SafeCudaStreamHandle stream) => this.stream = stream;

    /// <summary>The device pointer, valid until the handle is disposed.</summary>
    public nint Address => handle;

    /// <summary>Takes memory in the stream's order; its content is undefined.</summary>
    /// <returns>Null when there is not enough.</returns>
    /// <exception cref="CudaException">Any other failure.</exception>
    public static SafeCudaPoolMemoryHandle? TryAllocate(SafeCudaMemoryPoolHandle pool, SafeCudaStreamHandle stream, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        pool.Context.MakeCurrent();
        var owner = new SafeCudaPoolMemoryHandle(stream);
        nint pointer;
        CudaResult result = CudaNative.cuMemAllocFromPoolAsync(&pointer, (nuint)Math.Max(1, bytes), pool, stream);
        if (result == CudaResult.OutOfMemory)
            return null;
        CudaException.ThrowIfFailed(result, pool.Device, $"cuMemAllocFromPoolAsync of {bytes} bytes");
        // The pool must outlive its blocks, and the stream their return.
        bool added = false;
        stream.DangerousAddRef(ref added);
        owner.Own(pointer, pool.Context, pool);
        return owner;
    }

    private protected override CudaResult Free(nint pointer)
    {
        CudaResult result = CudaNative.cuMemFreeAsync(pointer, stream.DangerousGetHandle());
        stream.DangerousRelease();
        return result;
    }
}
