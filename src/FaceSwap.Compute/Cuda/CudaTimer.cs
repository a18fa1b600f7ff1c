using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>Times work on a device by the device's own clock: between two events on its stream.</summary>
public sealed unsafe class CudaTimer : IDisposable
{
    private readonly CudaDevice device;
    private readonly SafeCudaEventHandle start, stop;

    /// <summary>Makes a timer.</summary>
    public CudaTimer(CudaBackend backend) : this(backend.Device)
    {
    }

    internal CudaTimer(CudaDevice device)
    {
        this.device = device;
        start = SafeCudaEventHandle.Create(device.Context, timing: true);
        try
        {
            stop = SafeCudaEventHandle.Create(device.Context, timing: true);
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    /// <summary>Marks the beginning, after all work enqueued so far.</summary>
    public void Start() => Mark(start);

    /// <summary>Marks the end, after all work enqueued so far.</summary>
    public void Stop() => Mark(stop);

    /// <summary>Waits for the end and tells the time since the beginning in milliseconds, to about half a microsecond.</summary>
    public double Milliseconds()
    {
        device.RefuseWhileRecording("wait");
        device.MakeCurrent();
        float milliseconds;
        CudaException.ThrowIfFailed(CudaNative.cuEventSynchronize(stop), device.Description);
        CudaException.ThrowIfFailed(CudaNative.cuEventElapsedTime(&milliseconds, start, stop), device.Description);
        return milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        start.Dispose();
        stop.Dispose();
    }

    private void Mark(SafeCudaEventHandle moment)
    {
        device.MakeCurrent();
        CudaException.ThrowIfFailed(CudaNative.cuEventRecord(moment, device.Stream), device.Description);
    }
}
