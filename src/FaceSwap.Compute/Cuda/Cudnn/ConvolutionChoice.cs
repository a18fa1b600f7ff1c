using System.Globalization;
using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>Chooses a convolution's ways, each with everything that depends on it: forward with what bias and activation cost after it.</summary>
internal sealed unsafe class ConvolutionChoice(CudaMath math, Conv2dSpec spec)
{
    private readonly ConvolutionShape shape = ConvolutionShape.Of(spec);
    private readonly ElementType type = spec.Precision.ActivationType();

    private bool IsRelu => spec is { Activation: Activation.LeakyRelu, LeakySlope: 0 };

    /// <summary>y = shuffle(act(conv(x, w) + bias)) by a way that was chosen for it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="route">The way.</param>
    /// <param name="spec">The convolution.</param>
    /// <param name="x">The input.</param>
    /// <param name="w">The kernel in the activations' type.</param>
    /// <param name="bias">fp32.</param>
    /// <param name="y">The output.</param>
    /// <param name="convolved">Memory for the convolution's result; only used with a pixel shuffle.</param>
    /// <param name="scratch">Memory of the way's scratch.</param>
    public static void RunForward(CudaDevice device, ConvolutionRoute route, in Conv2dSpec spec, nint x, nint w, nint bias, nint y, nint convolved,
        nint scratch)
    {
        nint before = spec.PixelShuffle ? convolved : y;
        route.Run(x, w, before, bias, scratch);
        if (!route.IsFused)
            CudaBiasAct.Forward(device, spec.Precision.ActivationType(), before, bias, y, spec);
    }

    /// <summary>The way for the forward pass.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public ConvolutionRoute Forward()
    {
        var operands = Lay(shape.Filter.Count * type.Bytes(), spec.OutputCount * type.Bytes());
        return Choose(ConvolutionPass.Forward, spec.PixelShuffle ? null : spec, string.Create(CultureInfo.InvariantCulture,
                $" {(spec.Activation == Activation.None ? "bias" : $"leaky {spec.LeakySlope}")}{(spec.PixelShuffle ? " shuffle" : "")}"),
            new Trial<ConvolutionRoute>(r => r.ScratchBytes, operands.Bytes,
                (r, memory, scratch) => RunForward(math.Device, r, spec, memory + (nint)operands.X, memory + (nint)operands.W, memory + (nint)operands.Bias,
                    memory + (nint)operands.Result, memory + (nint)operands.Y, scratch),
                // A slope of 0 makes zero of what is negative, however it is computed.
                (r, memory, scratch) => !r.IsFused || IsRelu || KeepsSpecialValues(r, operands, memory, scratch)));
    }

    /// <summary>The ways for the gradients, and whether they run side by side.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public ConvolutionGradients Gradients()
    {
        ConvolutionRoute? data = null, filter = null;
        try
        {
            Operands operands = Lay(shape.Filter.Count * sizeof(float), 0);
            filter = Choose(ConvolutionPass.BackwardFilter, null, "", Products(operands));
            if (!spec.InputGradient)
                return new ConvolutionGradients(math, filter, null, sideBySide: false);
            data = Choose(ConvolutionPass.BackwardData, null, "", Products(operands));
            return new ConvolutionGradients(math, filter, data, GoesSideBySide(filter, data));
        }
        catch
        {
            data?.Dispose();
            filter?.Dispose();
            throw;
        }
    }

    // Two products of a deep layer do not fill a large device one after the other.
    private bool GoesSideBySide(ConvolutionRoute filter, ConvolutionRoute data)
    {
        if (CudaWorkspace.Align(filter.ScratchBytes) + data.ScratchBytes > math.WorkspaceLimit)
            return false;
        Operands operands = Lay(shape.Filter.Count * sizeof(float), shape.Filter.Count * sizeof(float) + CudaWorkspace.Align(shape.Input.Count * type.Bytes()));
        var trial = new Trial<ConvolutionGradients>(g => g.ScratchBytes, operands.Bytes, (g, memory, scratch) => g.Run(memory + (nint)operands.X,
            memory + (nint)operands.W, memory + (nint)operands.Y, memory + (nint)operands.Result,
            memory + (nint)(operands.Result + CudaWorkspace.Align(shape.Input.Count * type.Bytes())), scratch));
        IEnumerable<Proposal<ConvolutionGradients>> both =
        [
            new("one after the other", () => new ConvolutionGradients(math, filter, data, sideBySide: false) { Borrows = true }),
            new("side by side", () => new ConvolutionGradients(math, filter, data, sideBySide: true) { Borrows = true }),
        ];
        using ConvolutionGradients? chosen = math.Tuner.Choose($"{Name("Gradients", "")} by {filter.Name} and {data.Name}", [both], trial);
        return chosen?.IsSideBySide ?? false;
    }

    private static Trial<ConvolutionRoute> Products(Operands operands) => new(r => r.ScratchBytes, operands.Bytes,
        (r, memory, scratch) => r.Run(memory + (nint)operands.X, memory + (nint)operands.W, memory + (nint)operands.Y, 0, scratch));

    private ConvolutionRoute Choose(ConvolutionPass pass, Conv2dSpec? epilogue, string after, Trial<ConvolutionRoute> trial)
    {
        string name = Name(pass.ToString(), after);
        var search = new ConvolutionSearch(math, new ConvolutionWork(pass, shape, type), new EngineRules(spec.Precision, math.Deterministic), epilogue);
        return (spec.Untimed ? math.Tuner.First(search.Tiers(), trial) : math.Tuner.Choose(name, search.Tiers(), trial)) ?? throw new UserErrorException(
            $"cuDNN {CudnnNative.cudnnGetVersion()} has no way on {math.Device.Description} to compute '{name}' ({search.Refusals}); choose another --precision"
            + $"{(math.Deterministic ? ", leave --deterministic out" : "")} or another --device, or update cuDNN.");
    }

    private string Name(string product, string after) =>
        string.Create(CultureInfo.InvariantCulture, $"conv {product} b{spec.Batch} {spec.InHeight}x{spec.InWidth} {spec.InChannels}->{spec.OutChannels} ")
        + string.Create(CultureInfo.InvariantCulture, $"k{spec.Kernel} s{spec.Stride}{(spec.Padding is { } padding ? $" p{padding}" : "")}{after} {spec.Precision}{(math.Deterministic ? " deterministic" : "")}");

    // An activation in an engine's epilogue may be a maximum, which swallows NaN, or clip at the largest number. A network that has diverged
    // must show it.
    private bool KeepsSpecialValues(ConvolutionRoute route, Operands operands, nint memory, nint scratch)
    {
        const uint NaN = 0x7FC07FC0, Infinity = 0x7F807F80, MinusInfinity = 0xFF80FF80; // the same in both types, but for infinity in fp32
        bool narrow = type == ElementType.BFloat16;
        return Keeps(NaN) && Keeps(narrow ? Infinity : 0x7F800000) && Keeps(narrow ? MinusInfinity : 0xFF800000);

        bool Keeps(uint pattern)
        {
            CudaDevice device = math.Device;
            nint x = memory + (nint)operands.X, y = memory + (nint)operands.Result;
            CudaException.ThrowIfFailed(CudaNative.cuMemsetD32Async(x, pattern, (nuint)(spec.InputCount * type.Bytes() / sizeof(uint)), device.Stream),
                device.Description);
            RunForward(device, route, spec, x, memory + (nint)operands.W, memory + (nint)operands.Bias, y, memory + (nint)operands.Y, scratch);
            uint result = 0;
            CudaException.ThrowIfFailed(CudaNative.cuMemcpyDtoHAsync_v2(&result, y, (nuint)type.Bytes(), device.Stream), device.Description);
            device.Synchronize();
            return !float.IsFinite(BitConverter.UInt32BitsToSingle(narrow ? result << 16 : result));
        }
    }

    private Operands Lay(long kernelBytes, long resultBytes)
    {
        var memory = new CudaWorkspace();
        return new Operands(memory.Take(spec.InputCount * type.Bytes()), memory.Take(kernelBytes), memory.Take(spec.OutChannels * sizeof(float)),
            memory.Take(shape.Output.Count * type.Bytes()), memory.Take(resultBytes), memory.Bytes);
    }

    // Where the operands of a trial are in its memory.
    private sealed record Operands(long X, long W, long Bias, long Y, long Result, long Bytes);
}
