using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>The three products of a convolution.</summary>
internal enum ConvolutionPass
{
    /// <summary>y from x and w.</summary>
    Forward,

    /// <summary>dx from dy and w.</summary>
    BackwardData,

    /// <summary>dw from x and dy.</summary>
    BackwardFilter,
}

/// <summary>What is to be computed, whatever the way.</summary>
/// <param name="Pass">Which product.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Type">Element type of activations and kernel; the kernel's gradient is fp32.</param>
internal readonly record struct ConvolutionWork(ConvolutionPass Pass, ConvolutionShape Shape, ElementType Type)
{
    /// <summary>Multiplications and additions.</summary>
    public double Flops => 2.0 * Shape.Output.Count * Shape.Kernel * Shape.Kernel * Shape.InChannels;
}

/// <summary>How it is computed.</summary>
/// <param name="Inner">The shape that cuDNN computes; where it is wider than the work's, operands are copied into zeros and results cut out.</param>
/// <param name="Fused">Whether bias and activation are part of it.</param>
/// <param name="FilterType">Element type of the kernel's gradient before it is made fp32.</param>
internal readonly record struct ConvolutionForm(ConvolutionShape Inner, bool Fused, ElementType FilterType);

/// <summary>One way to compute a product of a convolution, ready for execution: a cuDNN plan and the copies around it.</summary>
internal sealed class ConvolutionRoute : IDisposable
{
    /// <summary>Ids of the tensors in the graphs.</summary>
    public const long X = 1, W = 2, Y = 3, Bias = 4, Convolved = 5, Biased = 6;

    private const long Alignment = 256;

    private readonly CudaDevice device;
    private readonly ConvolutionWork work;
    private readonly ConvolutionForm form;
    private readonly CudnnPlan plan;
    private readonly long x, w, y, narrow; // offsets into the scratch of what is copied; the plan's own is at 0

    public ConvolutionRoute(CudaDevice device, ConvolutionWork work, ConvolutionForm form, CudnnPlan plan, string name)
    {
        (this.device, this.work, this.form, this.plan, Name) = (device, work, form, plan, name);
        ScratchBytes = Align(plan.WorkspaceBytes);
        if (WidensX)
            x = Take(form.Inner.Input.Count * work.Type.Bytes());
        if (WidensW || ConvertsW)
            w = Take(form.Inner.Filter.Count * FilterType.Bytes());
        if (WidensY)
            y = Take(form.Inner.Output.Count * work.Type.Bytes());
        // One copy at a time: they share what a copy in two steps needs, and what a narrow kernel's gradient waits in.
        narrow = Take(new[]
        {
            BoxCopy.ScratchBytes(work.Type, work.Shape.Input, form.Inner.Input),
            BoxCopy.ScratchBytes(work.Type, work.Shape.Output, form.Inner.Output),
            WidensW && ConvertsW ? work.Shape.Filter.Count * FilterType.Bytes() : 0,
        }.Max());
        CudaElementwise.PreparePadding(device, work.Type);
        CudaElementwise.PreparePadding(device, FilterType);
        CudaElementwise.Prepare(device);
    }

    /// <summary>Names the way among all for the same work, the same from run to run.</summary>
    public string Name { get; }

    /// <summary>Whether bias and activation are part of it.</summary>
    public bool IsFused => form.Fused;

    /// <summary>Scratch bytes of an execution.</summary>
    public long ScratchBytes { get; private set; }

    private bool WidensX => form.Inner.Input != work.Shape.Input;

    private bool WidensW => form.Inner.Filter != work.Shape.Filter;

    private bool WidensY => form.Inner.Output != work.Shape.Output;

    private bool ConvertsW => work.Pass == ConvolutionPass.BackwardFilter && form.FilterType != ElementType.Float32;

    private ElementType FilterType => work.Pass == ConvolutionPass.BackwardFilter ? form.FilterType : work.Type;

    /// <summary>Enqueues the product. The result's pointer is among the first three, depending on the pass; it is overwritten (=).</summary>
    /// <param name="xPointer">x, or dx.</param>
    /// <param name="wPointer">The kernel in the work's type, or its gradient in fp32.</param>
    /// <param name="yPointer">y, or dy.</param>
    /// <param name="bias">fp32; only read where <see cref="IsFused"/>.</param>
    /// <param name="scratch">Device memory of <see cref="ScratchBytes"/>, 256-byte aligned.</param>
    public void Run(nint xPointer, nint wPointer, nint yPointer, nint bias, nint scratch)
    {
        Prepare(xPointer, wPointer, yPointer, scratch);
        Execute(xPointer, wPointer, yPointer, bias, scratch);
        Finish(xPointer, wPointer, yPointer, scratch);
    }

    /// <summary>The first of three steps of <see cref="Run"/>: operands are copied into zeros, on the device's stream.</summary>
    public void Prepare(nint xPointer, nint wPointer, nint yPointer, nint scratch)
    {
        nint between = scratch + (nint)narrow;
        if (WidensX && work.Pass != ConvolutionPass.BackwardData)
            BoxCopy.Widen(device, work.Type, xPointer, work.Shape.Input, InnerX(xPointer, scratch), form.Inner.Input, between);
        if (WidensW && work.Pass != ConvolutionPass.BackwardFilter)
            BoxCopy.Widen(device, work.Type, wPointer, work.Shape.Filter, InnerW(wPointer, scratch), form.Inner.Filter, between);
        if (WidensY && work.Pass != ConvolutionPass.Forward)
            BoxCopy.Widen(device, work.Type, yPointer, work.Shape.Output, InnerY(yPointer, scratch), form.Inner.Output, between);
    }

    /// <summary>The second: the plan, on whatever stream cuDNN's handle is set to.</summary>
    public void Execute(nint xPointer, nint wPointer, nint yPointer, nint bias, nint scratch)
    {
        nint innerX = InnerX(xPointer, scratch), innerW = InnerW(wPointer, scratch), innerY = InnerY(yPointer, scratch);
        if (form.Fused)
            plan.Execute([X, W, Y, Bias], [innerX, innerW, innerY, bias], scratch);
        else
            plan.Execute([X, W, Y], [innerX, innerW, innerY], scratch);
    }

    /// <summary>The third: the result is cut out and converted, on the device's stream.</summary>
    public void Finish(nint xPointer, nint wPointer, nint yPointer, nint scratch)
    {
        nint between = scratch + (nint)narrow;
        if (WidensX && work.Pass == ConvolutionPass.BackwardData)
            BoxCopy.Narrow(device, work.Type, InnerX(xPointer, scratch), form.Inner.Input, xPointer, work.Shape.Input, between);
        if (work.Pass == ConvolutionPass.BackwardFilter)
            KeepFilter(InnerW(wPointer, scratch), wPointer, between);
        if (WidensY && work.Pass == ConvolutionPass.Forward)
            BoxCopy.Narrow(device, work.Type, InnerY(yPointer, scratch), form.Inner.Output, yPointer, work.Shape.Output, between);
    }

    public void Dispose() => plan.Dispose();

    private nint InnerX(nint outer, nint scratch) => WidensX ? scratch + (nint)x : outer;

    private nint InnerW(nint outer, nint scratch) => WidensW || ConvertsW ? scratch + (nint)w : outer;

    private nint InnerY(nint outer, nint scratch) => WidensY ? scratch + (nint)y : outer;

    private void KeepFilter(nint inner, nint result, nint between)
    {
        nint cut = ConvertsW ? between : result;
        if (WidensW)
            BoxCopy.Narrow(device, FilterType, inner, form.Inner.Filter, cut, work.Shape.Filter, scratch: 0);
        if (ConvertsW)
            CudaElementwise.Convert(device, WidensW ? cut : inner, FilterType, result, ElementType.Float32, work.Shape.Filter.Count);
    }

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private long Take(long bytes)
    {
        long offset = ScratchBytes;
        ScratchBytes += Align(bytes);
        return offset;
    }
}
