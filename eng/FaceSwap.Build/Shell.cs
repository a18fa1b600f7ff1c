using System.Diagnostics;
using System.Text;

namespace FaceSwap.Build;

/// <summary>Runs other programs.</summary>
public static class Shell
{
    /// <summary>Runs a program with this console as its own and returns the exit code.</summary>
    public static int Run(string program, IEnumerable<string> arguments, string workingDirectory,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Start(program, arguments, workingDirectory, environment, capture: false);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>As <see cref="Run"/>; a non-zero exit code stops the build.</summary>
    public static void Require(string program, IEnumerable<string> arguments, string workingDirectory,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] list = [.. arguments];
        int code = Run(program, list, workingDirectory, environment);
        if (code != 0)
            throw new BuildException($"'{program} {string.Join(' ', list)}' failed with exit code {code}");
    }

    /// <summary>Runs a program and returns its exit code and what it wrote to standard output and standard error.</summary>
    public static (int ExitCode, string Output, string Error) Capture(string program, IEnumerable<string> arguments, string workingDirectory)
    {
        using Process process = Start(program, arguments, workingDirectory, null, capture: true);
        StringBuilder error = new();
        process.ErrorDataReceived += (_, line) => error.AppendLine(line.Data);
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.ToString());
    }

    /// <summary>True when a program of this name is on the path.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));

    private static Process Start(string program, IEnumerable<string> arguments, string workingDirectory,
        IReadOnlyDictionary<string, string>? environment, bool capture)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        Console.Out.Flush();
        try
        {
            return Process.Start(start) ?? throw new BuildException($"'{program}' did not start");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BuildException($"'{program}' could not be started: {e.Message}");
        }
    }
}
