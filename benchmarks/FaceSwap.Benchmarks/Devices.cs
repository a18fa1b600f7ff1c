using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Reference;

namespace FaceSwap.Benchmarks;

/// <summary>The backends that the suites compare. A benchmark's method is named after what runs it.</summary>
public static class Devices
{
    private static readonly Lazy<bool> HasCuda = new(static () => CudaUsability.Trouble(0) is null);
    private static readonly Lazy<bool> HasBFloat16 = new(static () =>
    {
        using CpuBackend cpu = new(threads: 1);
        return cpu.Supports(Precision.Bf16);
    });

    /// <summary>Whether a method of this name can run here.</summary>
    public static bool Runs(string method) => method switch
    {
        nameof(BackendSuite.Cuda) => HasCuda.Value,
        "CpuBFloat16" => HasBFloat16.Value,
        _ => true,
    };

    /// <summary>Opens a backend; the processor's use all cores.</summary>
    /// <param name="name"><c>reference</c>, <c>cpu</c>, <c>onednn</c> or <c>cuda</c>.</param>
    public static IBackend Open(string name) => name switch
    {
        "reference" => new ReferenceBackend(),
        "cpu" => new CpuBackend(),
        "onednn" => new CpuBackend(products: CpuProducts.OneDnn),
        "cuda" => new CudaBackend(new CudaOptions(0)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
