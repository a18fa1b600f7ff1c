using System.Diagnostics;

namespace FaceSwap.Cuda.Tests.StandIn;

/// <summary>
/// The stand-ins' own checks (tests/FakeCuda/tests), each in a process of its own, for some leave a spoiled device behind: what they compute, and that each
/// misuse is refused with the status that the real library documents.
/// </summary>
public class StandInTests
{
    private static readonly string Program = Path.Combine(FakeCuda.Folder, "fakecuda_check");

    public static IEnumerable<object[]> Checks() => Run("--list").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Checks))]
    public void Holds(string check)
    {
        (int code, string output) = Run(check);
        Assert.True(code == 0 && output.Contains("ok   " + check, StringComparison.Ordinal), output);
    }

    private static (int Code, string Output) Run(string argument)
    {
        ProcessStartInfo start = new(Program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + errors.Result);
    }
}
