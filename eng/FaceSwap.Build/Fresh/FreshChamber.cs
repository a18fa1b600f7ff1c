namespace FaceSwap.Build.Fresh;

/// <summary>
/// Runs commands inside a fresh system: in mount and process namespaces of their own, so that mounts and processes end with the command,
/// with an empty environment but for the network, and with the .NET SDK as the only thing of this machine, read-only.
/// </summary>
public sealed class FreshChamber(Layout layout, string root)
{
    /// <summary>Where the repository is inside.</summary>
    public const string Tree = "/srv/faceswap";

    private const string Sdk = "/opt/dotnet";

    private const string Enter = """
        set -e
        root=$1 sdk=$2; shift 2
        mkdir -p "$root/opt/dotnet" "$root/proc" "$root/sys" "$root/dev/shm"
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
        mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
        mount --bind "$sdk" "$root/opt/dotnet"
        mount -o remount,ro,bind "$root/opt/dotnet"
        exec chroot "$root" "$@"
        """;

    /// <summary>Runs a line of shell in the repository inside.</summary>
    /// <returns>Its exit code.</returns>
    public int Run(string line)
    {
        Dictionary<string, string> variables = new(HostNetwork.Variables())
        {
            ["HOME"] = "/root",
            ["PATH"] = $"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{Sdk}",
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
        };
        return Shell.Run("unshare",
        [
            "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", Enter, "sh", root, DotnetFolder(),
            "/usr/bin/env", "-i", .. variables.Select(v => $"{v.Key}={v.Value}"), "/bin/sh", "-c", $"cd {Tree} && {line}",
        ], layout.Root);
    }

    // The folder of the SDK that runs this program.
    private static string DotnetFolder()
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!; // DOTNET/shared/Microsoft.NETCore.App/VERSION
        return Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
    }
}
