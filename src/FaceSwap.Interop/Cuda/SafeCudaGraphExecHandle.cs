namespace FaceSwap.Interop;

/// <summary>Captured work ready to be run again and again.</summary>
public sealed unsafe class SafeCudaGraphExecHandle : SafeCudaHandle
{
    private SafeCudaGraphExecHandle()
    {
    }

    /// <summary>Prepares a graph; the graph may be freed afterwards.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static SafeCudaGraphExecHandle Instantiate(SafeCudaGraphHandle graph)
    {
        graph.Context.MakeCurrent();
        var owner = new SafeCudaGraphExecHandle();
        nint executable;
        CudaException.ThrowIfFailed(CudaNative.cuGraphInstantiateWithFlags(&executable, graph, 0), graph.Device);
        owner.Own(executable, graph.Context);
        return owner;
    }

    private protected override CudaResult Free(nint pointer) => CudaNative.cuGraphExecDestroy(pointer);
}
