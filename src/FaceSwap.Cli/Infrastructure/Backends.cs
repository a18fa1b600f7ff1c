using System.CommandLine;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The one place that picks a backend and a precision.</summary>
internal static class Backends
{
    private const string Auto = "auto";

    /// <summary><c>--device</c>.</summary>
    public static Option<string> DeviceOption() => Opt.Choice("--device", [],
        "What computes the network: auto takes the fastest there is, cpu is our own kernels and SIMD, onednn has oneDNN compute the products (for comparison), reference is plain C# (slow, for checks)",
        Auto, Auto, "cpu", "onednn", "reference");

    /// <summary><c>--precision</c>.</summary>
    public static Option<string> PrecisionOption(string standard) => Opt.Choice("--precision", [],
        "Arithmetic of the network: bf16 is faster where the processor has it, auto takes it there", standard, Auto, "fp32", "bf16");

    /// <summary>Opens a device by its name on the command line.</summary>
    public static IBackend Open(string device) => device switch
    {
        "reference" => new ReferenceBackend(),
        "onednn" => OpenCpu(CpuProducts.OneDnn),
        _ => OpenCpu(CpuProducts.Own),
    };

    /// <summary>The precision meant by a word on the command line, on this device.</summary>
    /// <exception cref="UserErrorException">The device does not have it.</exception>
    public static Precision Choose(string word, IBackend backend)
    {
        switch (word)
        {
            case "fp32":
                return Precision.Fp32;
            case Auto:
                return backend.Supports(Precision.Bf16) ? Precision.Bf16 : Precision.Fp32;
            default:
                if (!backend.Supports(Precision.Bf16))
                    throw new UserErrorException($"{backend.Info.Name} on {backend.Info.Device} cannot compute in bf16; use --precision fp32");
                return Precision.Bf16;
        }
    }

    private static CpuBackend OpenCpu(CpuProducts products)
    {
        if (!NativeLibraries.Probe(ShimNative.Library).IsAvailable)
            throw new UserErrorException("the native shim or a library that it needs is missing; 'faceswap doctor' says which one");
        return new CpuBackend(products: products);
    }
}
