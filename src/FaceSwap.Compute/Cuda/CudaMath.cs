using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// cuDNN, cuBLASLt and cuBLAS for one device and its stream, and the choice among what they offer. Each library is opened when it is first
/// needed, so that a device can be looked at without them.
/// </summary>
internal sealed class CudaMath : IDisposable
{
    private const nuint CudnnMajor = 9, CudnnVersionsPerMajor = 10000;

    // cuBLAS' own choice for this generation (32 MiB on compute capability 9.0); its products must never allocate while a step is recorded.
    private const long BlasWorkspaceBytes = 32L << 20;

    // No layer's best plan is known to want more, and every plan shares the one block.
    private const long MostWorkspace = 1L << 30;
    private const int WorkspacePart = 16; // of the device's memory at most

    private readonly string? cacheFolder;
    private readonly Action<string>? tell;
    private SafeCudnnHandle? cudnn;
    private SafeCublasLtHandle? blasLt;
    private SafeCublasHandle? blas;
    private CudaScratch? blasWorkspace;
    private Tuner? tuner;
    private CudaSideStream? side;

    public CudaMath(CudaDevice device, CudaOptions options)
    {
        Device = device;
        Deterministic = options.Deterministic;
        cacheFolder = options.CacheFolder;
        tell = options.Tell;
        WorkspaceLimit = Math.Min(MostWorkspace, device.Memory().Total / WorkspacePart);
    }

    public CudaDevice Device { get; }

    /// <summary>Whether results must be the same to the bit every time.</summary>
    public bool Deterministic { get; }

    /// <summary>Scratch bytes that a plan may want.</summary>
    public long WorkspaceLimit { get; }

    /// <summary>cuDNN.</summary>
    /// <exception cref="UserErrorException">It was not found, or is not version 9.</exception>
    public SafeCudnnHandle Cudnn => cudnn ??= OpenCudnn();

    /// <summary>cuBLASLt.</summary>
    /// <exception cref="UserErrorException">It was not found.</exception>
    public SafeCublasLtHandle BlasLt => blasLt ??= OpenBlasLt();

    /// <summary>cuBLAS, with a workspace that it keeps.</summary>
    /// <exception cref="UserErrorException">It was not found.</exception>
    public SafeCublasHandle Blas => blas ??= OpenBlas();

    /// <summary>For work beside the device's stream.</summary>
    public CudaSideStream Side => side ??= new CudaSideStream(Device, Cudnn);

    /// <summary>Chooses among ways, by time.</summary>
    public Tuner Tuner => tuner ??= new Tuner(Device, new TuningCache(cacheFolder ?? UserCache.Folder, Setting()), tell);

    public void Dispose()
    {
        tuner?.Dispose();
        side?.Dispose();
        blas?.Dispose();
        blasWorkspace?.Dispose();
        blasLt?.Dispose();
        cudnn?.Dispose();
    }

    // What the choices hold for.
    private string Setting() => string.Create(CultureInfo.InvariantCulture,
        $"{Device.Name}, compute capability {Device.ComputeCapability}, driver {CudaDriver.State.Version}, "
        + $"cuDNN {Version(CudnnNative.Library, CudnnNative.cudnnGetVersion)}, cuBLASLt {Version(CublasLtNative.Library, CublasLtNative.cublasLtGetVersion)}");

    private static string Version(string library, Func<nuint> version) =>
        NativeLibraries.Probe(library).IsAvailable ? version().ToString(CultureInfo.InvariantCulture) : "none";

    private SafeCudnnHandle OpenCudnn()
    {
        Require(CudnnNative.Library, "cuDNN 9");
        nuint version = CudnnNative.cudnnGetVersion();
        if (version / CudnnVersionsPerMajor != CudnnMajor)
            throw new UserErrorException($"cuDNN {version} was found and version 9 is needed; install cuDNN 9, or choose --device cpu.");
        return SafeCudnnHandle.Create(Device.Context, Device.Stream);
    }

    private SafeCublasLtHandle OpenBlasLt()
    {
        Require(CublasLtNative.Library, "cuBLASLt");
        return SafeCublasLtHandle.Create(Device.Context);
    }

    private SafeCublasHandle OpenBlas()
    {
        Device.RefuseWhileRecording("open cuBLAS");
        Require(CublasNative.Library, "cuBLAS");
        SafeCublasHandle opened = SafeCublasHandle.Create(Device.Context, Device.Stream);
        try
        {
            blasWorkspace = CudaScratch.TryAllocate(Device, BlasWorkspaceBytes)
                ?? throw new NotEnoughMemoryException("cuBLAS' workspace", BlasWorkspaceBytes, Device.Memory().Free, $"on {Device.Description}");
            CublasException.ThrowIfFailed(CublasNative.cublasSetWorkspace_v2(opened, blasWorkspace.Pointer, (nuint)BlasWorkspaceBytes), Device.Description);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private static void Require(string library, string name)
    {
        Availability found = NativeLibraries.Probe(library);
        if (!found.IsAvailable)
        {
            throw new UserErrorException($"{name} was not found (tried {string.Join(", ", found.Tried)}); install it and let the loader's path, CUDA_HOME or "
                + "a Python environment lead to it, or choose --device cpu.");
        }
    }
}
