using System.Globalization;
using System.Text;

namespace FaceSwap.Interop;

/// <summary>What a device is.</summary>
/// <param name="Ordinal">Its number among the devices that the driver shows.</param>
/// <param name="Name">Its name.</param>
/// <param name="ComputeCapability">Ten times major plus minor: 90 is 9.0.</param>
/// <param name="Multiprocessors">How many.</param>
/// <param name="MemoryBytes">Device memory.</param>
/// <param name="L2Bytes">Second-level cache.</param>
/// <param name="HasMemoryPools">Whether memory can be taken in a stream's order.</param>
public sealed record CudaDeviceFacts(int Ordinal, string Name, int ComputeCapability, int Multiprocessors, long MemoryBytes, long L2Bytes,
    bool HasMemoryPools)
{
    /// <summary>For messages.</summary>
    public string Description { get; } = string.Create(CultureInfo.InvariantCulture, $"cuda:{Ordinal} ({Name})");
}

/// <summary>The driver and its devices, as far as this process can use them.</summary>
/// <param name="Library">Whether the driver's library was found.</param>
/// <param name="Version">The newest CUDA that the driver knows, 1000·major + 10·minor; 0 when it has no usable library.</param>
/// <param name="Result">Why the driver did not start, or success.</param>
/// <param name="Devices">The devices; empty when the driver did not start.</param>
public sealed record CudaDriverState(Availability Library, int Version, CudaResult Result, IReadOnlyList<CudaDeviceFacts> Devices)
{
    /// <summary>The oldest driver whose every call used here exists.</summary>
    public const int OldestVersion = 12000;

    /// <summary>Why no device can be used, in words that end a sentence; null when there is one.</summary>
    public string? Trouble => !Library.IsAvailable ? $"the NVIDIA driver's library was not found (tried {string.Join(", ", Library.Tried)})"
        : Result == CudaResult.NoDevice ? "the NVIDIA driver shows no device"
        : Result != CudaResult.Success ? $"the NVIDIA driver does not start ({CudaException.NameOf(Result)})"
        : Version < OldestVersion ? $"the NVIDIA driver knows CUDA {CudaDriver.VersionText(Version)} only and 12.0 is needed"
        : Devices.Count == 0 ? "the NVIDIA driver shows no device"
        : null;
}

/// <summary>Starts the driver and lists its devices.</summary>
public static unsafe class CudaDriver
{
    private static readonly Lazy<CudaDriverState> Once = new(Start);

    /// <summary>The driver's state; asking never throws.</summary>
    public static CudaDriverState State => Once.Value;

    /// <summary><c>13.0</c> for 13000.</summary>
    public static string VersionText(int version) =>
        string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");

    private static CudaDriverState Start()
    {
        Availability library = NativeLibraries.Probe(CudaNative.Library);
        if (!library.IsAvailable)
            return new CudaDriverState(library, 0, CudaResult.NotInitialized, []);
        try
        {
            int version = 0, count = 0;
            CudaNative.cuDriverGetVersion(&version);
            CudaResult result = CudaNative.cuInit(0);
            if (result == CudaResult.Success)
                result = CudaNative.cuDeviceGetCount(&count);
            if (result != CudaResult.Success || version < CudaDriverState.OldestVersion)
                return new CudaDriverState(library, version, result, []);
            return new CudaDriverState(library, version, result, [.. Enumerable.Range(0, count).Select(Facts).OfType<CudaDeviceFacts>()]);
        }
        catch (EntryPointNotFoundException)
        {
            // A stub or something else of that name.
            return new CudaDriverState(library, 0, CudaResult.StubLibrary, []);
        }
    }

    private static CudaDeviceFacts? Facts(int ordinal)
    {
        int device;
        nuint memory;
        byte* name = stackalloc byte[256];
        if (CudaNative.cuDeviceGet(&device, ordinal) != CudaResult.Success
            || CudaNative.cuDeviceGetName(name, 256, device) != CudaResult.Success
            || CudaNative.cuDeviceTotalMem_v2(&memory, device) != CudaResult.Success)
        {
            return null;
        }
        int capability = (10 * Attribute(device, CudaDeviceAttribute.ComputeCapabilityMajor)) + Attribute(device, CudaDeviceAttribute.ComputeCapabilityMinor);
        return new CudaDeviceFacts(ordinal, Encoding.UTF8.GetString(name, new ReadOnlySpan<byte>(name, 256).IndexOf((byte)0)), capability,
            Attribute(device, CudaDeviceAttribute.MultiprocessorCount), (long)memory, Attribute(device, CudaDeviceAttribute.L2CacheBytes),
            Attribute(device, CudaDeviceAttribute.MemoryPoolsSupported) != 0);
    }

    private static int Attribute(int device, CudaDeviceAttribute attribute)
    {
        int value = 0;
        return CudaNative.cuDeviceGetAttribute(&value, attribute, device) == CudaResult.Success ? value : 0;
    }
}
