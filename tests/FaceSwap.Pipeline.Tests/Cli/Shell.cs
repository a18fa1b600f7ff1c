using System.Diagnostics;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Lines of bash, for what only a shell can do to a process: closed descriptors, limits, signals that are ignored.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    /// <summary>Skips the test where there is no bash, or no device that is always full.</summary>
    public static void Require() => Skip.IfNot(OperatingSystem.IsLinux() && File.Exists("/bin/bash") && File.Exists("/dev/full"), "bash and /dev/full are not here");

    /// <summary>Runs a line in a folder; <c>$F</c> is the command.</summary>
    public static CliRun Run(string folder, string line)
    {
        ProcessStartInfo start = new("/bin/bash", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder };
        start.Environment["F"] = CliRunner.Command;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{line}' did not end within {Limit.TotalMinutes:0} minutes");
        }
        process.WaitForExit();
        return new CliRun(process.ExitCode, output.Result, error.Result);
    }
}
