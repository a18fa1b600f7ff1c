namespace FaceSwap.Interop;

/// <summary>Captured work, to be instantiated.</summary>
public sealed unsafe class SafeCudaGraphHandle : SafeCudaHandle
{
    private SafeCudaGraphHandle()
    {
    }

    /// <summary>Ends a stream's capture.</summary>
    /// <exception cref="CudaException">Something captured may not be captured; the capture is over.</exception>
    public static SafeCudaGraphHandle EndCapture(SafeCudaStreamHandle stream)
    {
        stream.Context.MakeCurrent();
        var owner = new SafeCudaGraphHandle();
        nint graph = 0;
        CudaException.ThrowIfFailed(CudaNative.cuStreamEndCapture(stream, &graph), stream.Device);
        owner.Own(graph, stream.Context);
        return owner;
    }

    /// <summary>Ends a stream's capture, whose work is not wanted after all. Never throws.</summary>
    public static void AbandonCapture(SafeCudaStreamHandle stream)
    {
        nint graph = 0;
        if (CudaNative.cuStreamEndCapture(stream, &graph) == CudaResult.Success && graph != 0)
            CudaNative.cuGraphDestroy(graph);
    }

    /// <summary>Kernels, copies and fills in it.</summary>
    public long NodeCount
    {
        get
        {
            nuint count = 0;
            CudaException.ThrowIfFailed(CudaNative.cuGraphGetNodes(this, null, &count), Device);
            return (long)count;
        }
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuGraphDestroy(pointer);
}
