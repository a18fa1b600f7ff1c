using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// A second stream, for what does not depend on what the device's stream does next. In a recording the two become branches of the graph.
/// Between <see cref="Begin"/> and <see cref="End"/> cuDNN's executions go to it, and kernels of our own to the device's stream as always.
/// </summary>
internal sealed class CudaSideStream : IDisposable
{
    private readonly CudaDevice device;
    private readonly SafeCudnnHandle cudnn;
    private readonly SafeCudaStreamHandle stream;
    private readonly SafeCudaEventHandle parted, done;

    public CudaSideStream(CudaDevice device, SafeCudnnHandle cudnn)
    {
        device.RefuseWhileRecording("open another stream");
        (this.device, this.cudnn) = (device, cudnn);
        stream = SafeCudaStreamHandle.Create(device.Context);
        try
        {
            parted = SafeCudaEventHandle.Create(device.Context, timing: false);
            done = SafeCudaEventHandle.Create(device.Context, timing: false);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs on it what <paramref name="execute"/> executes with cuDNN, after all work enqueued so far.</summary>
    public void Begin(Action execute)
    {
        CudaException.ThrowIfFailed(CudaNative.cuEventRecord(parted, device.Stream), device.Description);
        CudaException.ThrowIfFailed(CudaNative.cuStreamWaitEvent(stream, parted, 0), device.Description);
        cudnn.SetStream(stream);
        try
        {
            execute();
        }
        finally
        {
            cudnn.SetStream(device.Stream);
        }
        CudaException.ThrowIfFailed(CudaNative.cuEventRecord(done, stream), device.Description);
    }

    /// <summary>Has the device's stream wait for it.</summary>
    public void End() => CudaException.ThrowIfFailed(CudaNative.cuStreamWaitEvent(device.Stream, done, 0), device.Description);

    public void Dispose()
    {
        done?.Dispose();
        parted?.Dispose();
        stream.Dispose();
    }
}
