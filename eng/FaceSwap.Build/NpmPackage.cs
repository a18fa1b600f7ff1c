using System.Security.Cryptography;

namespace FaceSwap.Build;

/// <summary>A package of the npm registry, fetched without npm, whose own package brings some 370 others on the systems that setup installs on.</summary>
/// <param name="Name">Its name, without a scope.</param>
/// <param name="Version">Its version.</param>
/// <param name="Integrity">The SHA-512 that the registry gives for its archive, in base 64.</param>
public sealed record NpmPackage(string Name, string Version, string Integrity)
{
    // What the npm client takes when nothing is configured.
    private const string DefaultRegistry = "https://registry.npmjs.org/";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The registry that npm is configured for (<c>npm_config_registry</c>, the user's or the system's npmrc), or npm's default; ends with a slash.</summary>
    public static string Registry()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return RegistryOf(Environment.GetEnvironmentVariable, [Path.Combine(home, ".npmrc"), "/etc/npmrc", "/usr/etc/npmrc"]);
    }

    /// <summary>As <see cref="Registry()"/>, of given settings.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="files">npmrc files, the one that counts most first; they need not exist.</param>
    public static string RegistryOf(Func<string, string?> variable, IReadOnlyList<string> files)
    {
        string? configured = new[] { "npm_config_registry", "NPM_CONFIG_REGISTRY" }.Select(variable)
            .Concat(files.Where(File.Exists).SelectMany(File.ReadLines)
                .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
                .Where(parts => parts is ["registry", _]).Select(parts => (string?)parts[1].Trim('"', '\'')))
            .FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
        return (configured ?? DefaultRegistry).TrimEnd('/') + "/";
    }

    /// <summary>Fetches the archive, unless it is there already; what does not have the known hash is never kept.</summary>
    /// <param name="folder">Where it is put as <c>NAME-VERSION.tgz</c>.</param>
    /// <param name="registry">Where from; null: <see cref="Registry()"/>.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="BuildException">It cannot be fetched, or is not the archive that is meant.</exception>
    public string Fetch(string folder, string? registry = null)
    {
        string file = $"{Name}-{Version}.tgz", path = Path.Combine(folder, file);
        if (File.Exists(path) && Verify(File.ReadAllBytes(path)))
            return path;
        string address = $"{registry ?? Registry()}{Name}/-/{file}";
        Console.WriteLine($"fetching {address}");
        byte[] archive;
        try
        {
            using HttpClient client = new() { Timeout = Patience };
            archive = client.GetByteArrayAsync(address).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or InvalidOperationException or UriFormatException)
        {
            throw new BuildException($"{address} could not be fetched ({e.Message.ReplaceLineEndings(" ")}); set npm_config_registry to a registry "
                + $"that this machine reaches, or put the archive of {Name} {Version} at {path}");
        }
        if (!Verify(archive))
            throw new BuildException($"what came from {address} is not {Name} {Version}: its SHA-512 is {Hash(archive)}, {Integrity} was expected");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(path + ".partial", archive);
        File.Move(path + ".partial", path, overwrite: true);
        return path;
    }

    private bool Verify(byte[] archive) => Hash(archive) == Integrity;

    private static string Hash(byte[] archive) => Convert.ToBase64String(SHA512.HashData(archive));
}
