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
    /// <summary>True when the library is loaded.</summary>
    public bool IsAvailable => Path is not null;
}

/// <summary>The one resolver of native libraries: an ordered list of names per library, handles cached (the runtime asks once per
/// imported function).</summary>
public static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, (nint Handle, Availability State)> Loaded = new();

    /// <summary>Loads a library if it can be found; never throws.</summary>
    public static Availability Probe(string library) => Load(library).State;

    internal static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) => Load(library).Handle;

    private static (nint Handle, Availability State) Load(string library) => Loaded.GetOrAdd(library, static name =>
    {
        List<string> tried = [];
        foreach (string candidate in Candidates(name))
        {
            tried.Add(candidate);
            if (NativeLibrary.TryLoad(candidate, out nint handle))
                return (handle, new Availability(name, candidate, tried));
        }
        return (0, new Availability(name, null, tried));
    });

    private static IEnumerable<string> Candidates(string library)
    {
        if (library != ShimNative.Library)
        {
            yield return library;
            yield break;
        }
        string file = OperatingSystem.IsWindows() ? "faceswap_shim.dll" : "libfaceswap_shim.so";
        if (Environment.GetEnvironmentVariable("FACESWAP_SHIM") is { Length: > 0 } chosen)
            yield return chosen;
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
