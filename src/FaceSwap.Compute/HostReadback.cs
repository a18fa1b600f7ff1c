using FaceSwap.Interop;

namespace FaceSwap.Compute;

/// <summary>Copies on the processor: all enqueued work is done, so each is made at once.</summary>
internal sealed unsafe class HostReadback : IReadback
{
    private readonly SafeHostMemoryHandle memory;
    private int oldest;

    public HostReadback(long bytes, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        (Bytes, Depth) = (bytes, depth);
        memory = SafeHostMemoryHandle.Allocate(checked(bytes * depth));
    }

    public long Bytes { get; }

    public int Depth { get; }

    public int Count { get; private set; }

    public void Enqueue(DeviceSpan<byte> source)
    {
        byte* from = HostSpan.Pointer(source, Bytes, nameof(source));
        if (Count == Depth)
            throw new InvalidOperationException($"all {Depth} copies of the ring are waiting to be taken");
        Buffer.MemoryCopy(from, Slot((oldest + Count) % Depth), Bytes, Bytes);
        Count++;
    }

    public bool TryTake(Span<byte> destination)
    {
        if (destination.Length != Bytes)
            throw new ArgumentException($"a copy of {Bytes} bytes does not fill {destination.Length}", nameof(destination));
        if (Count == 0)
            return false;
        new ReadOnlySpan<byte>(Slot(oldest), destination.Length).CopyTo(destination);
        oldest = (oldest + 1) % Depth;
        Count--;
        return true;
    }

    public void Take(Span<byte> destination)
    {
        if (!TryTake(destination))
            throw new InvalidOperationException("no copy was enqueued");
    }

    public void Dispose() => memory.Dispose();

    private byte* Slot(int index)
    {
        ObjectDisposedException.ThrowIf(memory.IsClosed, this);
        return (byte*)memory.Address + (index * Bytes);
    }
}
