namespace FaceSwap.Interop;

/// <summary>Zeroed host memory on huge pages where the system grants them, aligned to 4096 bytes at least.</summary>
public sealed class SafeDnnMemoryHandle : SafeShimHandle
{
    private readonly long bytes;

    private SafeDnnMemoryHandle(long bytes) : base(nameof(SafeDnnMemoryHandle)) => this.bytes = bytes;

    /// <summary>The address, valid until the handle is disposed; the caller keeps the handle alive.</summary>
    public nint Address => handle;

    /// <summary>Takes memory; zero bytes still give an address.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public static SafeDnnMemoryHandle Create(SafeDnnPoolHandle pool, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var owner = new SafeDnnMemoryHandle(bytes);
        ShimStatus status = ShimNative.fs_dnn_memory_new(pool, bytes, out nint memory);
        if (status == ShimStatus.OutOfMemory)
            throw new OutOfMemoryException($"{bytes} bytes of host memory cannot be had");
        ShimException.ThrowIfFailed(status);
        owner.Own(memory);
        HandleCounters.AddBytes(bytes);
        return owner;
    }

    private protected override void Free(nint pointer)
    {
        ShimNative.fs_dnn_memory_free(pointer, bytes);
        HandleCounters.AddBytes(-bytes);
    }
}
