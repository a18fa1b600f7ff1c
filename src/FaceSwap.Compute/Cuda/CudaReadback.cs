using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>Copies into pinned memory on the device's stream, each with an event that tells of its arrival.</summary>
internal sealed unsafe class CudaReadback : IReadback
{
    private const long Alignment = 256; // of each copy: whole lines of memory

    private readonly CudaDevice device;
    private readonly SafeCudaPinnedMemoryHandle memory;
    private readonly SafeCudaEventHandle[] arrived; // of each slot
    private readonly long stride;
    private int oldest;

    public CudaReadback(CudaDevice device, long bytes, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        device.RefuseWhileRecording("allocate");
        (this.device, Bytes, Depth) = (device, bytes, depth);
        stride = (bytes + Alignment - 1) / Alignment * Alignment;
        arrived = new SafeCudaEventHandle[depth];
        memory = SafeCudaPinnedMemoryHandle.Allocate(device.Context, checked(stride * depth));
        try
        {
            for (int i = 0; i < depth; i++)
                arrived[i] = SafeCudaEventHandle.Create(device.Context, timing: false, sleeps: true);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Bytes { get; }

    public int Depth { get; }

    public int Count { get; private set; }

    public void Enqueue(DeviceSpan<byte> source)
    {
        nint from = CudaSpan.Pointer(source, Bytes, nameof(source));
        if (Count == Depth)
            throw new InvalidOperationException($"all {Depth} copies of the ring are waiting to be taken");
        device.RefuseWhileRecording("copy to the host");
        device.MakeCurrent();
        int slot = (oldest + Count) % Depth;
        CudaException.ThrowIfFailed(CudaNative.cuMemcpyDtoHAsync_v2(Slot(slot), from, (nuint)Bytes, device.Stream), device.Description);
        CudaException.ThrowIfFailed(CudaNative.cuEventRecord(arrived[slot], device.Stream), device.Description);
        Count++;
    }

    public bool TryTake(Span<byte> destination)
    {
        CheckLength(destination);
        if (Count == 0)
            return false;
        device.MakeCurrent();
        CudaResult result = CudaNative.cuEventQuery(arrived[oldest]);
        if (result == CudaResult.NotReady)
            return false;
        CudaException.ThrowIfFailed(result, device.Description, "the work before a copy to the host");
        CopyOut(destination);
        return true;
    }

    public void Take(Span<byte> destination)
    {
        CheckLength(destination);
        if (Count == 0)
            throw new InvalidOperationException("no copy was enqueued");
        device.RefuseWhileRecording("wait");
        device.MakeCurrent();
        CudaException.ThrowIfFailed(CudaNative.cuEventSynchronize(arrived[oldest]), device.Description, "the work before a copy to the host");
        CopyOut(destination);
    }

    public void Dispose()
    {
        // The device may still be writing.
        if (Count > 0)
            device.TryWait();
        memory.Dispose();
        foreach (SafeCudaEventHandle? moment in arrived)
            moment?.Dispose();
    }

    private void CopyOut(Span<byte> destination)
    {
        new ReadOnlySpan<byte>(Slot(oldest), destination.Length).CopyTo(destination);
        oldest = (oldest + 1) % Depth;
        Count--;
    }

    private void CheckLength(Span<byte> destination)
    {
        if (destination.Length != Bytes)
            throw new ArgumentException($"a copy of {Bytes} bytes does not fill {destination.Length}", nameof(destination));
    }

    private byte* Slot(int index)
    {
        ObjectDisposedException.ThrowIf(memory.IsClosed, this);
        return (byte*)memory.Address + (index * stride);
    }
}
