using System.Security.Cryptography;
using System.Text;

namespace FaceSwap.Build.Fresh;

/// <summary>The folder that holds a fresh system: debootstrapped once and kept as an archive, unpacked anew for every run.</summary>
public sealed class FreshRoot(Layout layout, FreshSystem system, IReadOnlyList<AptSource> sources)
{
    /// <summary>The system's root.</summary>
    public string Path { get; } = layout.At("out", "fresh", system.Name);

    /// <summary>Makes it, empty but for the base system.</summary>
    /// <exception cref="BuildException">debootstrap failed.</exception>
    public void Create()
    {
        Remove();
        string archive = Archive();
        if (!File.Exists(archive))
            Bootstrap(archive);
        Directory.CreateDirectory(Path);
        Shell.Require("tar", ["--numeric-owner", "-xpf", archive, "-C", Path], layout.Root);
        // As images of systems have it: setup must fetch the lists of packages itself.
        Shell.Require("sh", ["-c", "rm -rf \"$0\"/var/lib/apt/lists/*", Path], layout.Root);
        HostNetwork.Configure(Path, sources, layout.Root);
    }

    /// <summary>Removes it with all that was built in it. Mounts live in the namespace of the run alone and never reach this.</summary>
    public void Remove()
    {
        if (Directory.Exists(Path))
            Shell.Require("rm", ["-rf", "--one-file-system", Path], layout.Root);
    }

    /// <summary>The installed packages.</summary>
    public int CountPackages()
    {
        (_, string output, _) = Shell.Capture("chroot", [Path, "dpkg-query", "-W", "-f", "${db:Status-Status}\\n"], layout.Root);
        return output.Split('\n').Count(line => line == "installed");
    }

    /// <summary>The bytes on the disk below a folder of it, in MB.</summary>
    public long Megabytes(string folder = "")
    {
        string place = System.IO.Path.Combine(Path, folder);
        if (!Directory.Exists(place))
            return 0;
        (_, string output, _) = Shell.Capture("du", ["-sxB1", place], layout.Root);
        return long.TryParse(output.Split('\t')[0], out long bytes) ? bytes / 1_000_000 : 0;
    }

    // The name says what is in it, so that another mirror or list of packages makes another one.
    private string Archive()
    {
        string content = string.Join(' ', system.Packages) + string.Join('\n', sources);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..12];
        return layout.At("out", "fresh", $"{system.Name}-base-{hash}.tar");
    }

    private void Bootstrap(string archive)
    {
        Console.WriteLine($"fresh: bootstrapping {system.Title} from {sources[0].Uri}");
        string work = Path + ".bootstrap";
        Shell.Require("rm", ["-rf", "--one-file-system", work], layout.Root);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(work)!);
        string log = work + ".log";
        // In a mount namespace of its own: what debootstrap mounts is gone with it, however it ends.
        const string script = "exec debootstrap --variant=minbase --include=\"$1\" \"$2\" \"$3\" \"$4\" >\"$5\" 2>&1";
        int code = Shell.Run("unshare", ["--mount", "sh", "-c", script, "sh", string.Join(',', system.Packages), system.Suite, work, sources[0].Uri, log], layout.Root);
        if (code != 0)
            throw new BuildException($"debootstrap could not make {system.Title}: {File.ReadLines(log).LastOrDefault()} (all it said is in {log})");
        Shell.Require("sh", ["-c", "rm -f \"$0\"/var/cache/apt/archives/*.deb", work], layout.Root);
        Shell.Require("tar", ["--numeric-owner", "--one-file-system", "-cpf", archive + ".partial", "-C", work, "."], layout.Root);
        File.Move(archive + ".partial", archive, overwrite: true);
        Shell.Require("rm", ["-rf", "--one-file-system", work], layout.Root);
        File.Delete(log);
    }
}
