using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>Host memory on huge pages where the system grants them.</summary>
internal sealed class CpuBuffer : DeviceBuffer
{
    private readonly SafeDnnMemoryHandle memory;

    private CpuBuffer(SafeDnnMemoryHandle memory, long bytes, string label) : base(bytes, label) => this.memory = memory;

    public override bool IsHostMemory => true;

    public override nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory.IsClosed, this);
            return memory.Address;
        }
    }

    public static CpuBuffer Allocate(CpuThreads threads, long bytes, string label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        // Linux promises more memory than there is and kills the process that believes it: ask first.
        long free = HostMemory.Available().Free;
        if (bytes > free)
            throw new NotEnoughMemoryException(label, bytes, free, "on this machine");
        try
        {
            return new CpuBuffer(SafeDnnMemoryHandle.Create(threads.Pool, bytes), bytes, label);
        }
        catch (OutOfMemoryException e)
        {
            throw new NotEnoughMemoryException(label, bytes, free, "on this machine", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            memory.Dispose();
    }
}
