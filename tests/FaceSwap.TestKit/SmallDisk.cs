using System.Diagnostics;

namespace FaceSwap.TestKit;

/// <summary>A tiny or read-only file system in memory, mounted for one test; the test is skipped where mounting is not allowed.</summary>
public sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path)
    {
        Path = path;
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>A path on it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Mounts it over an existing empty folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Mount options: <c>size=64k</c>, <c>ro</c>.</param>
    public static SmallDisk Mount(string folder, string options)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder),
            "needs the right to mount a small file system");
        return new SmallDisk(folder);
    }

    /// <inheritdoc/>
    public void Dispose() => Run("umount", Path);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
