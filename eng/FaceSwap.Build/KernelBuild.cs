using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FaceSwap.Build;

/// <summary>A kernel as its PTX declares it.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="ArgumentBytes">Size of its one parameter, a struct.</param>
/// <param name="MaxThreads">Most threads a block may have.</param>
public sealed record KernelEntry(string Name, int ArgumentBytes, int MaxThreads);

/// <summary>One kernel source and what became of it.</summary>
/// <param name="Source">File name of the source under <c>kernels</c>.</param>
/// <param name="Ptx">Path of the PTX, from <c>kernels</c>, with forward slashes.</param>
/// <param name="Sources">The source and every header that it includes, sorted.</param>
/// <param name="SourceSha256">Hash of those files' names and contents.</param>
/// <param name="PtxSha256">Hash of the PTX.</param>
/// <param name="Kernels">The entries, in the PTX's order.</param>
public sealed record KernelFile(string Source, string Ptx, string[] Sources, string SourceSha256, string PtxSha256, KernelEntry[] Kernels);

/// <summary>
/// Compiles <c>kernels/*.cu</c> with clang (no CUDA toolkit) to PTX, which is committed, and writes <c>kernels/ptx/manifest.json</c>. Neither holds
/// a path or a time: the same sources give the same bytes on any machine.
/// </summary>
public sealed partial class KernelBuild(Layout layout)
{
    /// <summary>The compiler.</summary>
    public const string Compiler = "clang-19";

    /// <summary>The oldest GPU architecture that the kernels run on; newer ones compile the same PTX.</summary>
    public const string Architecture = "sm_75";

    // PTX 6.3 is the first that knows sm_75, and every driver since CUDA 10 takes it. Rounding is part of the contract: nothing is fused behind the sources.
    private static readonly string[] Flags =
    [
        "-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib", "--cuda-gpu-arch=" + Architecture, "--cuda-feature=+ptx63",
        "-std=c++17", "-O3", "-ffp-contract=off", "-fno-ident", "-Wall", "-Wextra", "-Werror", "-S",
    ];

    private string Folder => layout.At("kernels");

    /// <summary>Path of the manifest.</summary>
    public string ManifestPath => layout.At("kernels", "ptx", "manifest.json");

    /// <summary>File names of the kernel sources, sorted.</summary>
    public string[] SourceNames() =>
        [.. Directory.GetFiles(Folder, "*.cu").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>Compiles everything and writes PTX and manifest; PTX of sources that are gone is removed.</summary>
    public void Build()
    {
        string output = layout.At("kernels", "ptx", Architecture);
        Directory.CreateDirectory(output);
        string[] sources = SourceNames();
        foreach (string source in sources)
        {
            File.WriteAllText(Path.Combine(output, Path.ChangeExtension(source, ".ptx")), Compile(source));
            Console.WriteLine($"kernels: {source}");
        }
        foreach (string stale in Directory.GetFiles(output, "*.ptx").Where(f => !sources.Contains(Path.ChangeExtension(Path.GetFileName(f), ".cu"))))
            File.Delete(stale);
        File.WriteAllText(ManifestPath, Manifest());
    }

    /// <summary>The PTX of one source.</summary>
    /// <exception cref="BuildException">It does not compile; the compiler's words are in the message.</exception>
    public string Compile(string source)
    {
        string result = Path.Combine(Path.GetTempPath(), $"faceswap-{Guid.NewGuid():n}.ptx");
        try
        {
            // From the folder itself and by its bare name, so that no path can get into the result.
            (int code, _, string error) = Shell.Capture(Compiler, [.. Flags, source, "-o", result], Folder);
            if (code != 0)
                throw new BuildException($"'{Compiler} {source}' failed with exit code {code}:\n{error}");
            return File.ReadAllText(result);
        }
        finally
        {
            File.Delete(result);
        }
    }

    /// <summary>What the manifest should hold for the sources and the PTX that are there.</summary>
    public string Manifest()
    {
        var manifest = new { compiler = Compiler, flags = string.Join(' ', Flags), files = SourceNames().Select(Describe).ToArray() };
        return JsonSerializer.Serialize(manifest, Json).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Reads sources and PTX of one kernel file.</summary>
    public KernelFile Describe(string source)
    {
        string ptx = $"ptx/{Architecture}/{Path.ChangeExtension(source, ".ptx")}";
        string text = File.ReadAllText(Path.Combine(Folder, ptx));
        string[] sources = WithHeaders(source);
        return new KernelFile(source, ptx, sources, SourceHash(sources), Hash(text), Entries(text));
    }

    /// <summary>Names of the kernels that a source declares with FS_KERNEL.</summary>
    public string[] Declared(string source) =>
        [.. Declaration().Matches(File.ReadAllText(Path.Combine(Folder, source))).Select(match => match.Groups[1].Value)];

    /// <summary>The entries of a PTX text.</summary>
    public static KernelEntry[] Entries(string ptx) =>
        [.. Entry().Matches(ptx).Select(m => new KernelEntry(m.Groups[1].Value, int.Parse(m.Groups[2].Value), int.Parse(m.Groups[3].Value)))];

    private string[] WithHeaders(string source)
    {
        SortedSet<string> found = new(StringComparer.Ordinal);
        Queue<string> queue = new([source]);
        while (queue.TryDequeue(out string? name))
        {
            // fs_host.h is the host's own and lies elsewhere.
            if (!File.Exists(Path.Combine(Folder, name)) || !found.Add(name))
                continue;
            foreach (Match include in Include().Matches(File.ReadAllText(Path.Combine(Folder, name))))
                queue.Enqueue(include.Groups[1].Value);
        }
        return [.. found];
    }

    private string SourceHash(string[] sources) =>
        Hash(string.Concat(sources.Select(name => $"{name}\n{File.ReadAllText(Path.Combine(Folder, name)).ReplaceLineEndings("\n")}\n")));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the file is read by programs only, so '+' may stay '+'
    };

    [GeneratedRegex(@"^\s*#\s*include\s*""([^""]+)""", RegexOptions.Multiline)]
    private static partial Regex Include();

    [GeneratedRegex(@"^FS_KERNEL\((\w+)\s*,", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\.entry\s+(\w+)\s*\(\s*\.param\s+\.align\s+\d+\s+\.b8\s+\w+\[(\d+)\]\s*\)\s*\.maxntid\s+(\d+)")]
    private static partial Regex Entry();
}
