namespace FaceSwap.Compute.Cuda;

/// <summary>
/// The two products of a convolution's backward pass, one after the other or side by side. Side by side each has scratch of its own, and only
/// cuDNN's part of the kernel's gradient leaves the device's stream; copies around it stay.
/// </summary>
internal sealed class ConvolutionGradients : IDisposable
{
    private readonly ConvolutionRoute filter;
    private readonly ConvolutionRoute? data;
    private readonly CudaSideStream? side;
    private readonly long dataScratch; // offset

    public ConvolutionGradients(CudaMath math, ConvolutionRoute filter, ConvolutionRoute? data, bool sideBySide)
    {
        (this.filter, this.data) = (filter, data);
        side = sideBySide ? math.Side : null;
        dataScratch = sideBySide ? CudaWorkspace.Align(filter.ScratchBytes) : 0;
        ScratchBytes = Math.Max(filter.ScratchBytes, dataScratch + (data?.ScratchBytes ?? 0));
    }

    /// <summary>True for one that is only tried: the ways are somebody else's.</summary>
    public bool Borrows { get; init; }

    /// <summary>Whether they run side by side.</summary>
    public bool IsSideBySide => side is not null;

    /// <summary>Scratch bytes of an execution.</summary>
    public long ScratchBytes { get; }

    /// <summary>The ways' names.</summary>
    public IEnumerable<string> Routes => data is null ? [filter.Name] : [filter.Name, data.Name];

    /// <summary>Enqueues dw = the gradient of the kernel, in fp32, and dx = the gradient of x (=).</summary>
    /// <param name="x">The forward pass's input.</param>
    /// <param name="w">The kernel in the activations' type.</param>
    /// <param name="dy">The gradient of the convolution's result.</param>
    /// <param name="dx">0 when it is not wanted.</param>
    /// <param name="dw">The kernel's gradient.</param>
    /// <param name="scratch">Device memory of <see cref="ScratchBytes"/>.</param>
    public void Run(nint x, nint w, nint dy, nint dx, nint dw, nint scratch)
    {
        bool wanted = data is not null && dx != 0;
        if (side is null || !wanted)
        {
            filter.Run(x, dw, dy, 0, scratch);
            if (wanted)
                data!.Run(dx, w, dy, 0, scratch + (nint)dataScratch);
            return;
        }
        filter.Prepare(x, dw, dy, scratch);
        side.Begin(() => filter.Execute(x, dw, dy, 0, scratch));
        data!.Run(dx, w, dy, 0, scratch + (nint)dataScratch);
        side.End();
        filter.Finish(x, dw, dy, scratch);
    }

    public void Dispose()
    {
        if (Borrows)
            return;
        filter.Dispose();
        data?.Dispose();
    }
}
