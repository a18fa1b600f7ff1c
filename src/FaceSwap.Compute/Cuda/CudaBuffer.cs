using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>Device memory, 256-byte aligned. Freeing it waits for the device.</summary>
internal sealed class CudaBuffer : DeviceBuffer
{
    private readonly SafeCudaDeviceMemoryHandle memory;

    public CudaBuffer(SafeCudaDeviceMemoryHandle memory, long bytes, string label) : base(bytes, label) => this.memory = memory;

    /// <summary>The device pointer.</summary>
    public override nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory.IsClosed, this);
            return memory.Address;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            memory.Dispose();
    }
}
