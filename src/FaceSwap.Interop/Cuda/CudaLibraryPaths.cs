using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>
/// Where the CUDA libraries may be, in order: the loader's own path, a CUDA toolkit, and the <c>nvidia/*/lib</c> folders that
/// Python's packages bring (PyTorch's, for example), found without starting Python.
/// </summary>
internal static class CudaLibraryPaths
{
    private const string Driver = CudaNative.Library;
    private const string Cudnn = "cudnn";

    /// <summary>Whether a library of this import name is one of CUDA's.</summary>
    public static bool Knows(string library) => library is Driver or Cudnn or "cublas" or "cublasLt";

    /// <summary>Names and paths to try, best first.</summary>
    public static IEnumerable<string> Candidates(string library)
    {
        bool windows = OperatingSystem.IsWindows();
        if (library == Driver)
            return windows ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"];
        string[] files = [.. Versions(library).Select(version => FileName(library, version, windows))];
        return files.Concat(Folders(windows).SelectMany(folder => files.SelectMany(file => InFolder(folder, file)))).Distinct();
    }

    /// <summary>
    /// Loads what the library at a path will ask for by name, from its own folder and its neighbours: found there by the loader only if
    /// they are loaded already. What is not there is left out.
    /// </summary>
    public static void LoadNeighbours(string library, string path)
    {
        if (OperatingSystem.IsWindows() || !Path.IsPathRooted(path) || library == Driver)
            return;
        string folder = Path.GetDirectoryName(path)!;
        // nvidia/<package>/lib: the other packages lie beside it. A toolkit has everything in one folder.
        string[] folders = Path.GetDirectoryName(Path.GetDirectoryName(folder)) is { } packages && Path.GetFileName(packages) == "nvidia"
            ? [folder, .. Glob(packages, "*").Select(package => Path.Combine(package, "lib"))]
            : [folder];
        foreach (string pattern in Neighbours(library))
        {
            if (folders.Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, pattern)).FirstOrDefault() is { } file)
                NativeLibrary.TryLoad(file, out _);
        }
    }

    // cuBLAS of CUDA 13 needs a driver that knows CUDA 13; cuDNN's number is its own. Older ones are tried only to say that they are too old.
    private static int[] Versions(string library) =>
        library == Cudnn ? [9, 8] : CudaDriver.State.Version is 0 or >= 13000 ? [13, 12] : [12];

    private static string FileName(string library, int version, bool windows) =>
        windows ? $"{library}64_{version}.dll" : $"lib{library}.so.{version}";

    // cuDNN finds its own parts beside itself; engines that are compiled at run time use NVRTC, and some use cuBLASLt.
    private static string[] Neighbours(string library) => library switch
    {
        "cublas" => ["libcublasLt.so.1?"],
        Cudnn => ["libnvrtc.so.1?", "libcublasLt.so.1?", "libcublas.so.1?", "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_heuristic.so.9",
            "libcudnn_engines_runtime_compiled.so.9", "libcudnn_engines_precompiled.so.9"],
        _ => [],
    };

    // A trailing * stands for the packages of a Python environment.
    private static IEnumerable<string> Folders(bool windows)
    {
        foreach (string variable in new[] { "CUDA_HOME", "CUDA_PATH" })
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } toolkit)
                yield return Path.Combine(toolkit, windows ? "bin" : "lib64");
        }
        if (!windows)
            yield return "/usr/local/cuda/lib64";
        foreach (string environment in PythonEnvironments(windows).Distinct())
        {
            if (!windows)
                yield return Path.Combine(environment, "lib");
            foreach (string site in SitePackages(environment, windows))
                yield return Path.Combine(site, "nvidia", "*");
        }
    }

    private static IEnumerable<string> InFolder(string folder, string file)
    {
        if (!folder.EndsWith('*'))
            return [Path.Combine(folder, file)];
        string packages = Path.GetDirectoryName(folder)!;
        string[] libraryFolders = OperatingSystem.IsWindows() ? ["bin", Path.Combine("bin", "x86_64")] : ["lib"];
        string[] found = [.. Glob(packages, "*").SelectMany(package => libraryFolders.Select(l => Path.Combine(package, l, file))).Where(File.Exists)];
        return found.Length > 0 ? found : [Path.Combine(folder, libraryFolders[0], file)];
    }

    private static IEnumerable<string> PythonEnvironments(bool windows)
    {
        foreach (string variable in new[] { "VIRTUAL_ENV", "CONDA_PREFIX" })
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } environment)
                yield return environment;
        }
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            FileInfo python = new(Path.Combine(folder, windows ? "python.exe" : "python3"));
            if (!python.Exists)
                continue;
            // A virtual environment's python is a link: its own folder counts first, then that of the interpreter behind it.
            foreach (string? path in new[] { python.FullName, Target(python) })
            {
                if (Path.GetDirectoryName(windows ? path : Path.GetDirectoryName(path)) is not { Length: > 0 } environment)
                    continue;
                yield return environment;
                // pyenv's python3 is a script that picks one of these; most have nothing of NVIDIA's.
                foreach (string version in Glob(Path.Combine(environment, "versions"), "*"))
                {
                    if (SitePackages(version, windows).Any(site => Directory.Exists(Path.Combine(site, "nvidia"))))
                        yield return version;
                }
            }
        }
        if (!windows)
        {
            yield return "/usr/local";
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local");
        }
    }

    private static string? Target(FileInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IEnumerable<string> SitePackages(string environment, bool windows) => windows
        ? [Path.Combine(environment, "Lib", "site-packages")]
        : Glob(Path.Combine(environment, "lib"), "python3*")
            .SelectMany(python => new[] { Path.Combine(python, "site-packages"), Path.Combine(python, "dist-packages") }).Where(Directory.Exists);

    private static string[] Glob(string folder, string pattern)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal)] : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }
}
