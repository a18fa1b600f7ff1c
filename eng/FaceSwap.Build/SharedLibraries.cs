namespace FaceSwap.Build;

/// <summary>The shared libraries that a library needs, directly or through others, as the loader of this machine finds them.</summary>
public static class SharedLibraries
{
    // The C library and the loader: every Linux machine has its own, and two of them in one process do not work.
    private static readonly string[] OfTheSystem =
        ["linux-vdso.so", "ld-linux-", "libc.so.", "libm.so.", "libmvec.so.", "libdl.so.", "librt.so.", "libpthread.so.", "libresolv.so.", "libutil.so.", "libanl.so.", "libnsl.so."];

    /// <summary>SONAME and path of everything needed, the system's C library left out.</summary>
    /// <exception cref="BuildException">A library is missing.</exception>
    public static IReadOnlyList<(string Name, string Path)> Closure(string library, string workingDirectory)
    {
        (int code, string output, string error) = Shell.Capture("ldd", [library], workingDirectory);
        if (code != 0)
            throw new BuildException($"ldd could not read '{library}': {error.Trim()}");
        List<(string, string)> found = [];
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string name = line.Split(' ')[0];
            if (OfTheSystem.Any(s => Path.GetFileName(name).StartsWith(s, StringComparison.Ordinal)))
                continue;
            string[] sides = line.Split(" => ");
            if (sides.Length != 2 || !sides[1].StartsWith('/'))
                throw new BuildException($"'{library}' needs {name}, which this machine does not have");
            found.Add((name, sides[1].Split(" (")[0]));
        }
        return found;
    }
}
