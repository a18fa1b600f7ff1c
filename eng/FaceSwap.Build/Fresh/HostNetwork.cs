namespace FaceSwap.Build.Fresh;

/// <summary>How this machine reaches its package sources: all that a fresh system is given of it.</summary>
public static class HostNetwork
{
    private static readonly string[] Names =
        ["http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "NUGET_CERT_REVOCATION_MODE", "CI"];

    /// <summary>Variables of the environment that say how the network is reached, and the npm registry that is configured.</summary>
    public static Dictionary<string, string> Variables()
    {
        Dictionary<string, string> found = new() { ["npm_config_registry"] = NpmPackage.Registry() };
        foreach (string name in Names)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                found[name] = value;
        }
        return found;
    }

    /// <summary>Writes what a bootstrapped system needs to reach the same sources by the same ways.</summary>
    public static void Configure(string root, IEnumerable<AptSource> sources, string workingDirectory)
    {
        File.WriteAllLines(Path.Combine(root, "etc", "apt", "sources.list"), sources.Select(s => $"deb {s.Uri} {s.Suite} {s.Components}"));
        (_, string dump, _) = Shell.Capture("apt-config", ["dump"], workingDirectory);
        File.WriteAllLines(Path.Combine(root, "etc", "apt", "apt.conf.d", "90network"), NetworkOptions(dump));
        string resolv = Path.Combine(root, "etc", "resolv.conf");
        File.Delete(resolv);
        File.Copy("/etc/resolv.conf", resolv);
        File.Copy("/etc/hosts", Path.Combine(root, "etc", "hosts"), overwrite: true);
        WriteCertificates(root);
        string nuget = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "NuGet", "NuGet.Config");
        if (!File.Exists(nuget))
            return;
        string folder = Path.Combine(root, "root", ".nuget", "NuGet");
        Directory.CreateDirectory(folder);
        File.Copy(nuget, Path.Combine(folder, "NuGet.Config"), overwrite: true);
    }

    /// <summary>The lines of <c>apt-config dump</c> that are about reaching a source: proxies, certificates, and whether dates are checked.</summary>
    public static IEnumerable<string> NetworkOptions(string dump) => dump.Split('\n').Where(line =>
        new[] { "Acquire::http::Proxy", "Acquire::https::", "Acquire::Check-Valid-Until ", "Acquire::Check-Date ", "Acquire::Retries " }
            .Any(start => line.StartsWith(start, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The PEM blocks of a bundle.</summary>
    public static IEnumerable<string> Certificates(string bundle)
    {
        const string begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
        for (int at = 0; (at = bundle.IndexOf(begin, at, StringComparison.Ordinal)) >= 0;)
        {
            int stop = bundle.IndexOf(end, at, StringComparison.Ordinal);
            if (stop < 0)
                yield break;
            stop += end.Length;
            yield return bundle[at..stop].ReplaceLineEndings("\n") + "\n";
            at = stop;
        }
    }

    // Authorities that somebody added to this machine, as a company's proxy needs it; the distribution's own are there already.
    private static void WriteCertificates(string root)
    {
        const string usual = "/etc/ssl/certs/ca-certificates.crt";
        string bundle = Environment.GetEnvironmentVariable("SSL_CERT_FILE") is { Length: > 0 } named && File.Exists(named) ? named : usual;
        if (!File.Exists(bundle))
            return;
        HashSet<string> known = [.. Certificates(File.ReadAllText(root + usual))];
        string folder = Path.Combine(root, "usr", "local", "share", "ca-certificates");
        Directory.CreateDirectory(folder);
        int number = 0;
        foreach (string certificate in Certificates(File.ReadAllText(bundle)).Where(c => !known.Contains(c)))
            File.WriteAllText(Path.Combine(folder, $"host-{++number}.crt"), certificate);
        Shell.Capture("chroot", [root, "update-ca-certificates"], "/");
    }
}
