namespace FaceSwap.Build;

/// <summary>Installs missing packages of the distribution with its own package manager.</summary>
public sealed class SystemSetup(Layout layout)
{
    private static readonly (string Id, string Version)[] Supported = [("debian", "12"), ("debian", "13"), ("ubuntu", "24.04")];

    /// <summary>Makes sure that all packages are installed. Asks dpkg alone when they are, which takes milliseconds.</summary>
    /// <exception cref="BuildException">They cannot be installed here; what to do has been printed.</exception>
    public void Ensure(IReadOnlyList<SystemPackage> packages)
    {
        if (Environment.GetEnvironmentVariable("FACESWAP_SKIP_SETUP") == "1")
            return;
        string system = DescribeSystem(out bool supported);
        List<SystemPackage> missing = Shell.Has("dpkg-query") ? Missing(packages) : [.. packages];
        if (missing.Count == 0)
            return;
        Console.WriteLine($"setup: {missing.Count} system package(s) missing:");
        foreach (SystemPackage package in missing)
            Console.WriteLine($"  {package.Name,-23} {package.Reason}");
        if (!supported)
        {
            throw new BuildException($"this system ({system}) is not one that setup can install on (Debian 12, Debian 13 and Ubuntu 24.04 are); " +
                "install what corresponds to the list above, set FACESWAP_SKIP_SETUP=1 and run again", 2);
        }
        string? sudo = Environment.UserName == "root" ? null
            : Shell.Has("sudo") ? "sudo"
            : throw new BuildException("installing packages needs root and there is no sudo: run as root once: apt-get install " +
                string.Join(' ', missing.Select(p => p.Name)), 2);
        if (!AllKnown(missing))
            Apt(sudo, ["update"]);
        string[] install = ["install", "-y", "--no-install-recommends", .. missing.Select(p => p.Name)];
        Announce(sudo, missing);
        if (Apt(sudo, install) == 0)
            return;
        // Stale package lists name files that the mirror no longer has.
        Apt(sudo, ["update"]);
        if (Apt(sudo, install) != 0)
            throw new BuildException("apt-get could not install the packages above; its own words are above this line");
    }

    private List<SystemPackage> Missing(IReadOnlyList<SystemPackage> packages)
    {
        (_, string output, _) = Shell.Capture("dpkg-query",
            ["-W", "-f", "${binary:Package} ${db:Status-Status}\\n", .. packages.Select(p => p.Name)], layout.Root);
        HashSet<string> installed = [.. output.Split('\n').Where(line => line.EndsWith(" installed", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0].Split(':')[0])];
        return [.. packages.Where(p => !installed.Contains(p.Name) && (p.Command is null || !Shell.Has(p.Command)))];
    }

    private bool AllKnown(List<SystemPackage> packages)
    {
        (int code, string output, _) = Shell.Capture("apt-cache", ["policy", .. packages.Select(p => p.Name)], layout.Root);
        int candidates = output.Split('\n').Count(line => line.TrimStart().StartsWith("Candidate:", StringComparison.Ordinal) && !line.Contains("(none)"));
        return code == 0 && candidates == packages.Count;
    }

    // What comes with the packages that are named: apt's own count and sizes, asked before it does anything.
    private void Announce(string? sudo, List<SystemPackage> packages)
    {
        string[] ask = ["env", "LC_ALL=C", "apt-get", "install", "--assume-no", "--no-install-recommends", .. packages.Select(p => p.Name)];
        (_, string output, _) = sudo is null ? Shell.Capture(ask[0], ask[1..], layout.Root) : Shell.Capture(sudo, ask, layout.Root);
        if (AptPlan.Parse(output) is { } plan)
            Console.WriteLine($"setup: {plan}");
    }

    private int Apt(string? sudo, string[] arguments)
    {
        Console.WriteLine($"setup: {(sudo is null ? "" : "sudo ")}apt-get {string.Join(' ', arguments)}");
        Dictionary<string, string> environment = new() { ["DEBIAN_FRONTEND"] = "noninteractive" };
        string[] quiet = ["-q", .. arguments];
        return sudo is null
            ? Shell.Run("apt-get", quiet, layout.Root, environment)
            : Shell.Run(sudo, ["DEBIAN_FRONTEND=noninteractive", "apt-get", .. quiet], layout.Root);
    }

    private static string DescribeSystem(out bool supported)
    {
        supported = false;
        if (!File.Exists("/etc/os-release"))
            return System.Runtime.InteropServices.RuntimeInformation.OSDescription;
        Dictionary<string, string> release = File.ReadLines("/etc/os-release").Where(line => line.Contains('='))
            .Select(line => line.Split('=', 2)).ToDictionary(p => p[0], p => p[1].Trim('"'));
        string id = release.GetValueOrDefault("ID", "");
        string version = release.GetValueOrDefault("VERSION_ID", "");
        supported = Supported.Contains((id, version));
        return release.GetValueOrDefault("PRETTY_NAME", $"{id} {version}");
    }
}
