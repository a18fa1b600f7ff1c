using System.Globalization;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The one place that picks a backend and a precision.</summary>
internal static class Backends
{
    public const string Auto = "auto";
    private const string Cuda = "cuda";

    /// <summary>What <c>--device</c> takes.</summary>
    public static bool IsDevice(string word) => word is Auto or "cpu" or "onednn" or "reference" || CudaOrdinal(word) is not null;

    /// <summary>The number N of <c>cuda:N</c>, 0 for <c>cuda</c>; null for anything else.</summary>
    public static int? CudaOrdinal(string word) => word == Cuda ? 0
        : word.StartsWith(Cuda + ":", StringComparison.Ordinal)
            && int.TryParse(word.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal) ? ordinal
        : null;

    /// <summary>Opens a device by its name on the command line.</summary>
    /// <param name="device">A word that <see cref="IsDevice"/>.</param>
    /// <param name="deterministic">Only algorithms that give the same bits every time; the processor has no others.</param>
    /// <param name="tell">Is told which device <c>auto</c> took, why not a GPU that is there, and what holds up a first start on one.</param>
    /// <exception cref="UserErrorException">The device or a library that it needs is not there.</exception>
    public static IBackend Open(string device, bool deterministic = false, Action<string>? tell = null)
    {
        if (CudaOrdinal(device) is { } ordinal)
            return OpenCuda(ordinal, deterministic, tell);
        if (device == "reference")
            return new ReferenceBackend();
        if (device != Auto)
            return OpenCpu(device == "onednn" ? CpuProducts.OneDnn : CpuProducts.Own);
        if (OpenGpu(tell, out string why, deterministic) is { } gpu)
            return gpu;
        CpuBackend backend = OpenCpu(CpuProducts.Own);
        tell?.Invoke($"device: {backend.Info.Name} ({backend.Info.Device}){why}");
        return backend;
    }

    /// <summary>Where networks find and describe faces: a GPU for all workers, or a thread of the processor for each.</summary>
    /// <param name="device">A word that <see cref="IsDevice"/>.</param>
    /// <param name="tell">Is told which GPU <c>auto</c> took, when it is first needed, and why not one that is there.</param>
    public static FaceDevice Faces(string device, Action<string>? tell = null) => device switch
    {
        "reference" => new FaceDevice(static () => null, static () => new ReferenceBackend(threads: 1)),
        "onednn" => new FaceDevice(static () => null, static () => new CpuBackend(threads: 1, CpuProducts.OneDnn)),
        "cpu" => new FaceDevice(static () => null),
        Auto => new FaceDevice(() => OpenFaces(tell)),
        _ => new FaceDevice(() => OpenCuda(CudaOrdinal(device)!.Value, deterministic: false, tell)),
    };

    /// <summary>The precision that a word on the command line asks for.</summary>
    /// <param name="word"><c>fp32</c>, <c>tf32</c>, <c>bf16</c> or <c>auto</c>.</param>
    /// <param name="backend">The device.</param>
    /// <returns>Null for <c>auto</c>.</returns>
    /// <exception cref="UserErrorException">The device does not have it.</exception>
    public static Precision? Asked(string word, IBackend backend)
    {
        if (word == Auto)
            return null;
        Precision wanted = word switch { "tf32" => Precision.Tf32, "bf16" => Precision.Bf16, _ => Precision.Fp32 };
        if (!backend.Supports(wanted))
            throw new UserErrorException($"{backend.Info.Name} on {backend.Info.Device} cannot compute in {word}; use --precision fp32");
        return wanted;
    }

    /// <summary>Whether a GPU computes.</summary>
    public static bool IsCuda(IBackend backend) => backend is CudaBackend;

    private static CudaBackend? OpenFaces(Action<string>? tell)
    {
        CudaBackend? gpu = OpenGpu(tell, out string why);
        if (why.Length > 0)
            tell?.Invoke($"device: cpu{why}");
        return gpu;
    }

    // The first GPU, if it can be used. Without a driver nobody expects it to be: then there is no reason to give.
    private static CudaBackend? OpenGpu(Action<string>? tell, out string why, bool deterministic = false)
    {
        string? trouble = CudaUsability.Trouble(0);
        try
        {
            if (trouble is null)
            {
                CudaBackend gpu = OpenCuda(0, deterministic, tell);
                tell?.Invoke($"device: {gpu.Info.Name} ({gpu.Info.Device})");
                why = "";
                return gpu;
            }
        }
        catch (UserErrorException e)
        {
            trouble = e.Message;
        }
        why = CudaDriver.State.Library.IsAvailable ? $"; not CUDA, because {trouble}" : "";
        return null;
    }

    private static CudaBackend OpenCuda(int ordinal, bool deterministic, Action<string>? tell)
    {
        if (CudaUsability.Trouble(ordinal) is { } trouble)
            throw new UserErrorException($"cuda:{ordinal} cannot be used: {trouble}; choose another --device, and see 'faceswap doctor'");
        return new CudaBackend(new CudaOptions(ordinal, deterministic, Tell: tell));
    }

    private static CpuBackend OpenCpu(CpuProducts products)
    {
        if (NativeLibraries.Probe(ShimNative.Library) is { IsAvailable: false } shim)
            throw new UserErrorException(shim.Refusal ?? "the native shim or a library that it needs is missing; 'faceswap doctor' says which one");
        return new CpuBackend(products: products);
    }
}
