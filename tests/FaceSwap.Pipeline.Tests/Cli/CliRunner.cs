using System.Diagnostics;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>What a run of the command did.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts that the run was refused as bad input is: exit code 2 and one sentence that holds these words, no stack trace.</summary>
    public void AssertRefused(params string[] words)
    {
        string[] lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(ExitCode == 2, $"exit code {ExitCode}, not 2; standard error: {Error}");
        // Progress and warnings may come before; the sentence is the last line and the only one of its kind.
        string[] sentences = [.. lines.Where(line => line.StartsWith("faceswap: ", StringComparison.Ordinal) && !line.StartsWith("faceswap: warning:", StringComparison.Ordinal))];
        Assert.True(sentences.Length == 1 && lines[^1] == sentences[0], $"not one sentence at the end: {Error}");
        Assert.DoesNotContain(lines, line => line.StartsWith("at ", StringComparison.Ordinal));
        Assert.DoesNotContain("unexpected", sentences[0]);
        foreach (string word in words)
            Assert.Contains(word, sentences[0], StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Runs the built command as a process of its own.</summary>
internal static class CliRunner
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The command that is tested. A variable names another build of it, as an older one on which a new test must fail.</summary>
    public static string Command { get; } = Environment.GetEnvironmentVariable("FACESWAP_TEST_COMMAND") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "faceswap.exe" : "faceswap");

    public static CliRun Run(params string[] arguments) => Finish(Start(arguments));

    /// <summary>Runs it with an environment variable set.</summary>
    public static CliRun RunWith(string variable, string value, params string[] arguments) => Finish(StartWith(variable, value, arguments));

    /// <summary>Starts it without waiting.</summary>
    public static Process Start(params string[] arguments) => Start(arguments, null, null);

    /// <summary>Starts it with an environment variable set, without waiting.</summary>
    public static Process StartWith(string variable, string value, params string[] arguments) => Start(arguments, variable, value);

    private static Process Start(string[] arguments, string? variable, string? value)
    {
        ProcessStartInfo start = new(Command, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        if (variable is not null)
            start.Environment[variable] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end and collects what was written.</summary>
    public static CliRun Finish(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"the command did not end within {Limit.TotalMinutes:0} minutes; standard error: {error.Result}");
            }
            process.WaitForExit();
            return new CliRun(process.ExitCode, output.Result, error.Result);
        }
    }
}
