using FaceSwap.Interop;

namespace FaceSwap.Compute;

/// <summary>A buffer in host memory, for the backends that compute on the processor.</summary>
public sealed class HostBuffer : DeviceBuffer
{
    private readonly SafeHostMemoryHandle memory;

    private HostBuffer(SafeHostMemoryHandle memory, long byteLength, string label) : base(byteLength, label) => this.memory = memory;

    /// <inheritdoc/>
    public override bool IsHostMemory => true;

    /// <inheritdoc/>
    public override nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory.IsClosed, this);
            return memory.Address;
        }
    }

    /// <summary>Takes zeroed memory.</summary>
    /// <exception cref="NotEnoughMemoryException">Not enough memory: says what was needed and what to change.</exception>
    public static HostBuffer Allocate(long bytes, string label)
    {
        try
        {
            return new HostBuffer(SafeHostMemoryHandle.Allocate(bytes), bytes, label);
        }
        catch (OutOfMemoryException e)
        {
            throw new NotEnoughMemoryException(label, bytes, HostMemory.Available().Free, "on this machine", e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            memory.Dispose();
    }
}
