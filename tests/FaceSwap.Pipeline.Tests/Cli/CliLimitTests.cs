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
    public void The_starter_finds_its_program_through_links_and_passes_words_on()
    {
        Shell.Require();
        string starter = Starter();
        Assert.Equal(0, Shell.Run(folder.Path, $"ln -s '{starter}' link; ./link --version").ExitCode);
        Assert.Equal(0, Shell.Run(Path.GetDirectoryName(starter)!, "sh faceswap --version").ExitCode);
        Shell.Run(folder.Path, $"'{starter}' extract -i 'no where  \"at\" all' -o faces").AssertRefused("no where  \"at\" all");
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
