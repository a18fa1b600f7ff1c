using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>Whether a native library was found, and if not, which names were tried.</summary>
/// <param name="Library">The name used in imports, for example <c>faceswap_shim</c>.</param>
/// <param name="Path">The name or path that loaded, or null.</param>
/// <param name="Tried">Every name and path tried, in order.</param>
public sealed record Availability(string Library, string? Path, IReadOnlyList<string> Tried)
{
    /// <summary>Why the library that was found is not used, as a sentence; null when it is.</summary>
    public string? Refusal { get; init; }

    /// <summary>True when the library is loaded and used.</summary>
    public bool IsAvailable => Path is not null && Refusal is null;
}

/// <summary>The one resolver of native libraries: an ordered list of names per library, handles cached (the runtime asks once per
/// imported function).</summary>
public static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, (nint Handle, Availability State)> Loaded = new();

    /// <summary>Loads a library if it can be found; never throws.</summary>
    public static Availability Probe(string library) => Load(library).State;

    /// <summary>The file that a loaded library came from, where the system tells; otherwise the name that loaded.</summary>
    public static string? FileOf(Availability library)
    {
        if (library.Path is null || Path.IsPathRooted(library.Path) || !File.Exists("/proc/self/maps"))
            return library.Path;
        // A line ends in the file's path, which may be a link's target: libcuda.so.1 is libcuda.so.580.65 there.
        string stem = library.Path[..(library.Path.IndexOf(".so", StringComparison.Ordinal) is > 0 and int end ? end + 3 : library.Path.Length)];
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            int at = line.IndexOf('/');
            if (at > 0 && Path.GetFileName(line[at..]).StartsWith(stem, StringComparison.Ordinal))
                return line[at..];
        }
        return library.Path;
    }

    internal static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath)
    {
        (nint handle, Availability state) = Load(library);
        // The library of image files calls the shim.
        if ((library == ShimNative.ImagesLibrary ? Load(ShimNative.Library).State : state).Refusal is { } refusal)
            throw new ShimMismatchException(refusal);
        return handle;
    }

    private static (nint Handle, Availability State) Load(string library) => Loaded.GetOrAdd(library, static name =>
    {
        List<string> tried = [];
        foreach (string candidate in Candidates(name))
        {
            tried.Add(candidate);
            if (CudaLibraryPaths.Knows(name) && Path.IsPathRooted(candidate))
            {
                // Others are likely to be missing: do not have the loader search for them.
                if (!File.Exists(candidate))
                    continue;
                CudaLibraryPaths.LoadNeighbours(name, candidate);
            }
            if (!NativeLibrary.TryLoad(candidate, out nint handle))
                continue;
            Availability found = new(name, candidate, tried);
            return (handle, name == ShimNative.Library ? found with { Refusal = ShimAbi.Refusal(handle, found) } : found);
        }
        return (0, new Availability(name, null, tried));
    });

    private static IEnumerable<string> Candidates(string library)
    {
        if (CudaLibraryPaths.Knows(library))
            return CudaLibraryPaths.Candidates(library);
        return library is ShimNative.Library or ShimNative.ImagesLibrary ? ShimCandidates(library) : [library];
    }

    private static IEnumerable<string> ShimCandidates(string library)
    {
        string file = OperatingSystem.IsWindows() ? library + ".dll" : $"lib{library}.so";
        if (Environment.GetEnvironmentVariable(ShimAbi.PathVariable) is { Length: > 0 } chosen)
            yield return library == ShimNative.Library ? chosen : Path.Combine(Path.GetDirectoryName(chosen) ?? "", file);
        yield return Path.Combine(AppContext.BaseDirectory, file);
        yield return file;
    }
}

internal static class NativeLibrariesModule
{
#pragma warning disable CA2255 // the resolver must be in place before any import of this assembly runs
    [ModuleInitializer]
    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, NativeLibraries.Resolve);
#pragma warning restore CA2255
}
