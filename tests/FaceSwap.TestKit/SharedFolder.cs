using System.Diagnostics.CodeAnalysis;

namespace FaceSwap.TestKit;

/// <summary>The optional folder <c>shared</c> beside the repository, with larger golden files than the repository carries
/// (FACESWAP_SHARED names another place).</summary>
public static class SharedFolder
{
    /// <summary>Finds a file or folder in it.</summary>
    public static bool TryFind([NotNullWhen(true)] out string? path, params string[] parts)
    {
        string root = Environment.GetEnvironmentVariable("FACESWAP_SHARED") is { Length: > 0 } chosen
            ? chosen
            : Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared");
        path = Path.Combine([root, .. parts]);
        if (File.Exists(path) || Directory.Exists(path))
            return true;
        path = null;
        return false;
    }

    /// <summary>The path, or the running <c>[SkippableFact]</c> is reported as skipped with the reason.</summary>
    public static string Require(params string[] parts)
    {
        bool found = TryFind(out string? path, parts);
        Skip.IfNot(found, $"needs ../shared/{string.Join('/', parts)}, which is not beside this repository");
        return path!;
    }
}
