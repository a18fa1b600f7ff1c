using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Device memory for a short time while an operation is created (autotuning, trial runs), uninitialised. Where the driver has memory pools, it
/// is taken and given back in the stream's order, so that trying many sizes does not hold up the device.
/// </summary>
internal sealed class CudaScratch : IDisposable
{
    private readonly SafeCudaHandle memory;

    private CudaScratch(SafeCudaHandle memory, nint pointer, long bytes) => (this.memory, Pointer, Bytes) = (memory, pointer, bytes);

    /// <summary>The device pointer, 256-byte aligned.</summary>
    public nint Pointer { get; }

    /// <summary>Size.</summary>
    public long Bytes { get; }

    /// <summary>Takes memory.</summary>
    /// <returns>Null when there is not enough.</returns>
    public static CudaScratch? TryAllocate(CudaDevice device, long bytes)
    {
        device.RefuseWhileRecording("allocate");
        if (device.Pool is { } pool)
            return SafeCudaPoolMemoryHandle.TryAllocate(pool, device.Stream, bytes) is { } pooled ? new CudaScratch(pooled, pooled.Address, bytes) : null;
        return SafeCudaDeviceMemoryHandle.TryAllocate(device.Context, bytes) is { } plain ? new CudaScratch(plain, plain.Address, bytes) : null;
    }

    public void Dispose() => memory.Dispose();
}
