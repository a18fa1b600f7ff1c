using System.Globalization;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;

namespace FaceSwap.Cli.Selftest;

/// <summary>Prints a line for each check and counts them.</summary>
internal sealed class CheckPrinter
{
    private const string NotImplemented = "not implemented";

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Checks that could not be made here, each with its reason.</summary>
    public int Skipped { get; private set; }

    /// <summary>Of the failed ones, those that this version cannot do.</summary>
    public int Unimplemented { get; private set; }

    public void Print(IEnumerable<CheckResult> checks)
    {
        foreach (CheckResult check in checks)
            Print(check);
    }

    private void Print(CheckResult check)
    {
        bool unimplemented = !check.Passed && check.Message.StartsWith(NotImplemented, StringComparison.OrdinalIgnoreCase);
        if (check.Skipped)
            Skipped++;
        else if (check.Passed)
            Passed++;
        else
            Failed++;
        if (unimplemented)
            Unimplemented++;
        string state = check.Skipped ? "skipped" : check.Passed ? "ok" : unimplemented ? NotImplemented : "FAILED";
        string numbers = double.IsNaN(check.Error) ? "" : $"error {Number(check.Error)} bound {Number(check.Bound)}";
        string message = unimplemented ? check.Message[NotImplemented.Length..].TrimStart(':', ' ') : check.Message;
        Job.Say(string.Join("  ", new[] { $"{state,-15}", check.Name, numbers, message }.Where(part => part.Length > 0)));
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
