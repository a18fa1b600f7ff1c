using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>A CUDA graph. It refers to the memory it was recorded with, which must outlive it.</summary>
internal sealed class CudaRecording : IRecording
{
    private const long BytesANode = 1024;

    private readonly CudaDevice device;
    private readonly SafeCudaGraphExecHandle graph;

    /// <summary>Records.</summary>
    public CudaRecording(CudaDevice device, Action enqueue)
    {
        this.device = device;
        using SafeCudaGraphHandle captured = device.Capture(enqueue);
        NodeCount = captured.NodeCount;
        try
        {
            graph = SafeCudaGraphExecHandle.Instantiate(captured);
        }
        catch (CudaException e) when (e.Result == CudaResult.OutOfMemory)
        {
            // The driver does not tell how much it wanted; a node takes a few hundred bytes.
            throw new NotEnoughMemoryException("a recorded step", NodeCount * BytesANode, device.Memory().Free, $"on {device.Description}", e);
        }
        try
        {
            // So that the first run costs no more than the others.
            CudaException.ThrowIfFailed(CudaNative.cuGraphUpload(graph, device.Stream), device.Description);
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Kernels, copies and fills recorded.</summary>
    public long NodeCount { get; }

    public void Run()
    {
        device.RefuseWhileRecording("run a recording");
        device.MakeCurrent();
        CudaException.ThrowIfFailed(CudaNative.cuGraphLaunch(graph, device.Stream), device.Description);
    }

    public void Dispose() => graph.Dispose();
}
