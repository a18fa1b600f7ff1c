using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>Page-locked host memory that the copy engines read and write by themselves.</summary>
internal sealed unsafe class CudaStagingBuffer : StagingBuffer
{
    private readonly CudaDevice device;
    private readonly SafeCudaPinnedMemoryHandle memory;
    private readonly SafeCudaEventHandle copied;
    private volatile bool used;

    public CudaStagingBuffer(CudaDevice device, long bytes) : base(bytes)
    {
        device.RefuseWhileRecording("allocate");
        this.device = device;
        memory = SafeCudaPinnedMemoryHandle.Allocate(device.Context, bytes);
        try
        {
            // The waiting thread sleeps: the processor has other stages to run.
            copied = SafeCudaEventHandle.Create(device.Context, timing: false, sleeps: true);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public override nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory.IsClosed, this);
            return memory.Address;
        }
    }

    public override void Upload(DeviceSpan<byte> destination)
    {
        nint to = Bounded(destination);
        if (destination.Length > 0)
            CudaException.ThrowIfFailed(CudaNative.cuMemcpyHtoDAsync_v2(to, (void*)Address, (nuint)destination.Length, device.Stream), device.Description);
        Mark();
    }

    public override void Download(DeviceSpan<byte> source)
    {
        nint from = Bounded(source);
        if (source.Length > 0)
            CudaException.ThrowIfFailed(CudaNative.cuMemcpyDtoHAsync_v2((void*)Address, from, (nuint)source.Length, device.Stream), device.Description);
        Mark();
    }

    public override void Wait()
    {
        if (!used)
            return;
        device.MakeCurrent();
        CudaException.ThrowIfFailed(CudaNative.cuEventSynchronize(copied), device.Description, "the work before a copy between host and device");
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing || memory.IsClosed)
            return;
        // The device may still be at it.
        if (used)
            device.TryWait();
        memory.Dispose();
        copied.Dispose();
    }

    private void Mark()
    {
        CudaException.ThrowIfFailed(CudaNative.cuEventRecord(copied, device.Stream), device.Description);
        used = true;
    }

    private nint Bounded(DeviceSpan<byte> span)
    {
        if (span.Length > ByteLength)
            throw new ArgumentException($"{span.Length} bytes cannot be copied to or from a staging buffer of {ByteLength}");
        device.RefuseWhileRecording("copy to or from the host");
        device.MakeCurrent();
        return CudaSpan.Pointer(span, span.Length, nameof(span));
    }
}
