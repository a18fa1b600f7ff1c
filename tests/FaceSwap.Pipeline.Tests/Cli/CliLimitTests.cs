using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Limits of the system that are too low for the runtime or for the work are one sentence.</summary>
public sealed class CliLimitTests : IDisposable
{
    private readonly TempFolder folder = new("limits");

    public void Dispose()
    {
        // Tidying goes into folders, and this one is not the test's.
        if (Directory.Exists(folder["out", "bin"]))
            Directory.Delete(folder["out", "bin"]);
        folder.Dispose();
    }

    [SkippableFact]
    public void Too_few_open_files()
    {
        Shell.Require();
        string starter = Starter();
        foreach (string command in new[] { "doctor", "extract -i nowhere -o faces", "--version" })
        {
            foreach (int files in new[] { 15, 20, 30, 40, 50, 60, 72, 100, 255 })
                Shell.Run(folder.Path, $"ulimit -n {files}; '{starter}' {command}").AssertRefused($"only {files} files", "ulimit -n 1024");
        }
        // Without the starter, as far down as the runtime comes.
        foreach (int files in new[] { 40, 50, 60, 72, 100, 255 })
            Shell.Run(folder.Path, $"ulimit -n {files}; \"$F\" doctor").AssertRefused($"only {files} files", "ulimit -n 1024");
        // Below what the shell itself needs it says so, and nothing aborts.
        Assert.Equal(2, Shell.Run(folder.Path, $"(ulimit -n 10; exec '{starter}' --version)").ExitCode);
        // A low soft limit is raised.
        Assert.Equal(0, Shell.Run(folder.Path, $"ulimit -Sn 40; '{starter}' --version").ExitCode);
        Assert.Equal(0, Shell.Run(folder.Path, $"ulimit -n 256; '{starter}' --version").ExitCode);
    }

    [SkippableFact]
    public void Too_little_address_space()
    {
        Shell.Require();
        string starter = Starter();
        foreach (int kibibytes in new[] { 200_000, 1_000_000, 4_000_000 })
            Shell.Run(folder.Path, $"ulimit -v {kibibytes}; '{starter}' doctor").AssertRefused($"only {kibibytes} KiB", "ulimit -v unlimited");
        Assert.Equal(0, Shell.Run(folder.Path, $"ulimit -v 8388608; '{starter}' --version").ExitCode);
    }

    [SkippableFact]
    public void Files_that_may_not_be_large()
    {
        Shell.Require();
        string starter = Starter();
        // bash counts 1024 bytes, sh 512.
        foreach (int kibibytes in new[] { 100, 5000, 20_000 })
            Shell.Run(folder.Path, $"ulimit -f {kibibytes}; '{starter}' doctor").AssertRefused($"only {2 * kibibytes} blocks", "ulimit -f unlimited");
        // 180,000 bytes a frame of video that is written as it is.
        string frames = Frames();
        Assert.Equal(0, Shell.Run(folder.Path, $"'{starter}' frames-to-video -i '{frames}' -o big.mkv --codec rawvideo").ExitCode);
        Assert.True(new FileInfo(folder["big.mkv"]).Length > 35_000_000);
        CliRun cut = Shell.Run(folder.Path, $"ulimit -f 33000; '{starter}' frames-to-video -i '{frames}' -o cut.mkv --codec rawvideo");
        Assert.Equal(2, cut.ExitCode);
        Assert.False(File.Exists(folder["cut.mkv"]));
    }

    private string Frames()
    {
        string frames = folder.Folder("big");
        for (int i = 0; i < 220; i++)
            File.CreateSymbolicLink(Path.Combine(frames, $"{i:D3}.png"), Golden.Path("vision", "frame0.png"));
        return frames;
    }

    [SkippableFact]
    public void The_starter_finds_its_program_through_links_and_passes_words_on()
    {
        Shell.Require();
        string starter = Starter();
        Assert.Equal(0, Shell.Run(folder.Path, $"ln -s '{starter}' link; ./link --version").ExitCode);
        Assert.Equal(0, Shell.Run(Path.GetDirectoryName(starter)!, "sh faceswap --version").ExitCode);
        Shell.Run(folder.Path, $"'{starter}' extract -i 'no where  \"at\" all' -o faces").AssertRefused("no where  \"at\" all");
    }

    [SkippableFact]
    public void The_starter_finds_a_runtime_that_only_the_path_knows()
    {
        Shell.Require();
        Skip.IfNot(Shell.Run(folder.Path, "unshare --mount true").ExitCode == 0, "another place of the runtime needs the right to mount");
        string starter = Starter(), runtime = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        string sdk = folder.Folder("sdk"), hidden = folder.Folder("hidden");
        // In a mount namespace of its own, in which the SDK is somewhere else and its usual places are empty.
        folder.Write("elsewhere.sh", """
            set -e
            mount --bind "$1" "$2"
            for usual in /usr/share/dotnet /usr/lib/dotnet /etc/dotnet; do
                [ ! -d $usual ] || mount --bind "$3" $usual
            done
            unset DOTNET_ROOT DOTNET_ROOT_X64
            PATH=$5 exec "$4" --version
            """);
        CliRun Run(string path) => Shell.Run(folder.Path, $"unshare --mount bash elsewhere.sh '{runtime}' '{sdk}' '{hidden}' '{starter}' '{path}'");
        CliRun found = Run($"{sdk}:/usr/bin:/bin");
        Assert.True(found.ExitCode == 0, found.Error);
        string tools = folder.Folder("tools");
        foreach (string tool in new[] { "sh", "id", "dirname", "readlink" })
            File.CreateSymbolicLink(Path.Combine(tools, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        Run(tools).AssertRefused(".NET 10 runtime", "on the path");
    }

    // As the build leaves it: beside the folder of the program.
    private string Starter()
    {
        string starter = Path.Combine(folder.Folder("out"), "faceswap");
        File.Copy(Repository.PathOf("src", "FaceSwap.Cli", "faceswap.sh"), starter);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(starter, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateSymbolicLink(folder["out", "bin"], Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return starter;
    }
}
