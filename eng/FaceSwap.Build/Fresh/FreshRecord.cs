using System.Security.Cryptography;
using System.Text;

namespace FaceSwap.Build.Fresh;

/// <summary>
/// What passed on a fresh system: a line a system in <c>eng/fresh.txt</c>, which is committed. It holds a hash over everything that decides whether a
/// fresh system can build: the files below <c>eng</c>, CMake's files, the lists of packages and the scripts.
/// </summary>
public sealed class FreshRecord(Layout layout)
{
    private const string Name = "eng/fresh.txt";

    private string FilePath => layout.At("eng", "fresh.txt");

    /// <summary>The hash over the watched files as they are.</summary>
    public string Hash()
    {
        (int code, string output, string error) = Shell.Capture("git", ["-c", "safe.directory=*", "ls-files", "-z"], layout.Root);
        if (code != 0)
            throw new BuildException($"git cannot list the files of this repository: {error.Trim()}", 2);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(IsWatched).Order(StringComparer.Ordinal))
        {
            string path = layout.At(file);
            if (!File.Exists(path))
                continue;
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>True for files that decide whether a fresh system can build.</summary>
    public static bool IsWatched(string file) => file != Name
        && (file.StartsWith("eng/", StringComparison.Ordinal) || Path.GetFileName(file) is "CMakeLists.txt" or "Directory.Packages.props"
            || file.EndsWith(".cmake", StringComparison.Ordinal) || file is "build.sh" or ".ci/run" or "global.json");

    /// <summary>The line of a system; null when it never passed.</summary>
    public string? Find(FreshSystem system) => File.Exists(FilePath)
        ? File.ReadLines(FilePath).FirstOrDefault(line => line.StartsWith(system.Name + " ", StringComparison.Ordinal))
        : null;

    /// <summary>True when the system passed whole with the watched files as they are.</summary>
    public bool HasPassed(FreshSystem system) => Find(system) is { } line && line.Split(' ').Contains(Hash());

    /// <summary>Writes down that a system passed whole.</summary>
    public void Write(FreshSystem system, string commit, string figures)
    {
        string line = $"{system.Name} {Hash()} {commit[..12]} {DateTime.UtcNow:yyyy-MM-dd} {figures}";
        IEnumerable<string> others = File.Exists(FilePath)
            ? File.ReadLines(FilePath).Where(l => !l.StartsWith(system.Name + " ", StringComparison.Ordinal))
            : ["# Fresh systems on which the README's commands passed whole; ./build.sh fresh writes it. System, hash of the watched files, commit, date, figures."];
        File.WriteAllLines(FilePath, [.. others, line]);
    }
}
