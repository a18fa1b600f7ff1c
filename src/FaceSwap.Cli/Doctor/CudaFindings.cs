using System.Globalization;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Media;

namespace FaceSwap.Cli.Doctor;

/// <summary>The NVIDIA driver, its devices, and the libraries that the CUDA backend needs.</summary>
internal static class CudaFindings
{
    private const string Cost = "networks run on the processor, at a fraction of the speed";

    public static IEnumerable<Finding> Libraries()
    {
        CudaDriverState driver = CudaDriver.State;
        yield return driver.Library.IsAvailable
            ? new Finding("CUDA driver", driver.Version > 0 ? "CUDA " + CudaDriver.VersionText(driver.Version) : "-",
                $"NVIDIA GPUs: --device cuda ({NativeLibraries.FileOf(driver.Library)})", $"{Cost}: {driver.Trouble}", State(driver.Trouble is null))
            : Missing("CUDA driver", "NVIDIA GPUs: --device cuda", driver.Library);
        yield return Library("cuBLASLt", CublasLtNative.Library, "dense layers on a GPU", static () => Dotted((long)CublasLtNative.cublasLtGetVersion(), 10000));
        yield return Library("cuBLAS", CublasNative.Library, "dense layers that cuBLASLt has no algorithm for", static () => "-");
        yield return Library("cuDNN", CudnnNative.Library, "convolutions on a GPU", CudnnVersion);
    }

    /// <summary>Each device on a line; what keeps one from being used is said there.</summary>
    public static IEnumerable<(string Name, string Value)> Devices()
    {
        foreach (CudaDeviceFacts device in CudaDriver.State.Devices)
        {
            string trouble = CudaUsability.Trouble(device.Ordinal) is { } why ? $"; cannot be used: {why}" : "";
            yield return ($"cuda:{device.Ordinal}", string.Create(CultureInfo.InvariantCulture,
                $"{device.Name}, compute capability {device.ComputeCapability / 10}.{device.ComputeCapability % 10}, {device.Multiprocessors} multiprocessors, {Human.Size(device.MemoryBytes)}{trouble}"));
        }
    }

    /// <summary>What each device's video decoder and encoder can do, tried with a picture of each codec.</summary>
    public static IEnumerable<(string Name, string Value)> Video()
    {
        foreach (CudaDeviceFacts device in CudaDriver.State.Devices)
        {
            string decodes, encodes;
            try
            {
                using CudaBackend backend = new(new CudaOptions(device.Ordinal));
                using IDeviceFrames frames = backend.CreateFrames(new DeviceFramesOptions { MostBytes = 0 })!;
                decodes = Abilities(DeviceVideo.Decoders, codec => DeviceVideo.DecoderTrouble(frames, codec));
                encodes = Abilities(DeviceVideo.Encoders, codec => DeviceVideo.EncoderTrouble(frames, codec));
            }
            catch (Exception e) when (e is UserErrorException or CudaException or ShimException)
            {
                decodes = encodes = $"not tried: {e.Message}";
            }
            yield return ("  NVDEC", decodes);
            yield return ("  NVENC", encodes);
        }
    }

    // What works; if nothing does, why.
    private static string Abilities(IReadOnlyList<string> codecs, Func<string, string?> trouble)
    {
        string?[] troubles = [.. codecs.Select(trouble)];
        string[] works = [.. codecs.Where((_, i) => troubles[i] is null)];
        return works.Length > 0 ? string.Join(", ", works) : $"none: {troubles[0]}";
    }

    private static Finding Library(string name, string library, string purpose, Func<string> version)
    {
        Availability found = NativeLibraries.Probe(library);
        if (!found.IsAvailable)
            return Missing(name, purpose, found);
        string number = version();
        bool old = library == CudnnNative.Library && number.StartsWith("8.", StringComparison.Ordinal);
        return new Finding(name, number, $"{purpose} ({NativeLibraries.FileOf(found)})", $"{Cost}: cuDNN 9 is needed", State(!old));
    }

    private static Finding Missing(string name, string purpose, Availability library) =>
        new(name, "-", purpose, $"{Cost}; tried {string.Join(", ", library.Tried)}", FindingState.Optional);

    private static FindingState State(bool there) => there ? FindingState.Present : FindingState.Optional;

    // cuDNN 9 counts 10000·major + 100·minor + patch, 8 counted 1000·major.
    private static string CudnnVersion() => (long)CudnnNative.cudnnGetVersion() is var version && version >= 90000 ? Dotted(version, 10000) : Dotted(version, 1000);

    private static string Dotted(long version, long unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{version / unit}.{version % unit / 100}.{version % 100}");
}
