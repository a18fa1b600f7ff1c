using System.Diagnostics;

namespace FaceSwap.Build.Fresh;

/// <summary>Proves that the README's commands work on a new machine: makes a bare system, clones the commit there and runs them.</summary>
public sealed class FreshRun(Layout layout)
{
    // The parts of the tests that depend on the system's libraries rather than on our own code.
    private const string ShortTests = "--project Media --project Vision --project Architecture";

    /// <summary>Why a fresh system cannot be made on this machine; null when it can.</summary>
    public string? Obstacle()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/etc/debian_version"))
            return "a fresh system can be made on Debian only, from the package source of the machine itself";
        if (Environment.UserName != "root")
            return "making a fresh system needs root: run ./build.sh fresh as root";
        if (!Shell.Has("git"))
            return "the commit is cloned into the fresh system and there is no git: apt-get install git";
        if (Release("ID") != "debian" || Sources(FreshSystem.All[0]).Count == 0)
            return $"apt has no source of Debian's packages here ({Release("PRETTY_NAME")}), so a fresh Debian cannot be made from it";
        if (Shell.Capture("unshare", ["--mount", "--pid", "--fork", "true"], layout.Root).ExitCode != 0)
            return "this machine does not allow mount namespaces (unshare failed), as in a container without that right; run it on a machine or in a privileged container";
        return null;
    }

    /// <summary>Runs on one system.</summary>
    /// <param name="system">Which.</param>
    /// <param name="shortened">The build, a demo of seconds and the tests of the system's libraries alone; does not count as having passed whole.</param>
    /// <exception cref="BuildException">It cannot be made here (exit code 2), or a command failed in it.</exception>
    public void Run(FreshSystem system, bool shortened)
    {
        if (Obstacle() is { } obstacle)
            throw new BuildException(obstacle, 2);
        new SystemSetup(layout).Ensure(SystemPackage.Fresh);
        string commit = Git("rev-parse", "HEAD").Trim();
        bool clean = Git("status", "--porcelain").Trim().Length == 0;
        if (!clean)
            Console.WriteLine($"fresh: there are changes that are not committed; what is tried is the commit {commit[..12]} without them");
        FreshRoot root = new(layout, system, Sources(system));
        Stopwatch clock = Stopwatch.StartNew();
        root.Create();
        Clone(root.Path, commit);
        int packagesBefore = root.CountPackages();
        long diskBefore = root.Megabytes();
        Console.WriteLine($"fresh: {system.Title} with {packagesBefore} packages and {diskBefore} MB, made in {clock.Elapsed.TotalMinutes:0.0} minutes");
        FreshChamber chamber = new(layout, root.Path);
        List<string> times = [];
        string[] commands = shortened ? ["./build.sh demo --short", "./build.sh test " + ShortTests] : ["./build.sh demo", "./build.sh test"];
        foreach (string command in commands.Append("out/faceswap doctor"))
        {
            Console.WriteLine($"fresh: {system.Title}: {command}");
            Stopwatch time = Stopwatch.StartNew();
            int code = chamber.Run(command);
            if (code != 0)
                throw new BuildException($"'{command}' failed on a fresh {system.Title} with exit code {code}; the system is kept in {root.Path}");
            if (command.StartsWith("./build.sh", StringComparison.Ordinal))
                times.Add($"{command.Split(' ')[1]} {time.Elapsed.TotalMinutes:0.0} min");
        }
        string figures = $"+{root.CountPackages() - packagesBefore} packages, disk +{root.Megabytes() - diskBefore} MB, {string.Join(", ", times)}, "
            + $"{Environment.ProcessorCount} processors";
        Console.WriteLine($"fresh: {system.Title} passed{(shortened ? " in the short form" : "")}: {figures} "
            + $"(packages below /usr {root.Megabytes("usr")} MB, NuGet packages {root.Megabytes("root/.nuget")} MB, the tree {root.Megabytes(FreshChamber.Tree[1..])} MB)");
        if (!shortened && clean)
            new FreshRecord(layout).Write(system, commit, figures);
        root.Remove();
    }

    private List<AptSource> Sources(FreshSystem system)
    {
        (_, string origins, _) = Shell.Capture("apt-get", ["indextargets", "--format", "$(REPO_URI) $(ORIGIN)"], layout.Root);
        return AptSources.For(AptSources.Without(AptSources.Read(), origins, "Debian"), Release("VERSION_CODENAME"), system.Suite);
    }

    private static string Release(string name) => File.ReadLines("/etc/os-release").Where(line => line.StartsWith(name + "=", StringComparison.Ordinal))
        .Select(line => line[(name.Length + 1)..].Trim('"')).FirstOrDefault("");

    private void Clone(string root, string commit)
    {
        string tree = root + FreshChamber.Tree;
        Git("clone", "--quiet", "--no-hardlinks", "--no-checkout", layout.Root, tree);
        Git("-C", tree, "checkout", "--quiet", "--detach", commit);
    }

    private string Git(params string[] arguments)
    {
        (int code, string output, string error) = Shell.Capture("git", ["-c", "safe.directory=*", .. arguments], layout.Root);
        return code == 0 ? output : throw new BuildException($"'git {string.Join(' ', arguments)}' failed: {error.Trim()}");
    }
}
