namespace FaceSwap.Core;

/// <summary>One line of a self-check: a measured error against the bound that it has to keep.</summary>
/// <param name="Name">What was checked, unique within its run.</param>
/// <param name="Error">The measured error, in the unit that the bound has; NaN when the check could not be made.</param>
/// <param name="Bound">The largest error that passes.</param>
/// <param name="Passed">Whether it passed. A NaN error never passes.</param>
/// <param name="Message">What went wrong or what the numbers mean; may be empty when it passed.</param>
public sealed record CheckResult(string Name, double Error, double Bound, bool Passed, string Message)
{
    /// <summary>True when something that the check needs is not on this machine: neither passed nor failed, and the message says what.</summary>
    public bool Skipped { get; private init; }

    /// <summary>A check that passes when the error is at most the bound.</summary>
    public static CheckResult Of(string name, double error, double bound, string message = "") =>
        new(name, error, bound, error <= bound, message);

    /// <summary>A check that could not be made, and why.</summary>
    public static CheckResult Failed(string name, string message) => new(name, double.NaN, 0, false, message);

    /// <summary>A check that was not made because this machine or this set of golden files lacks something, and what.</summary>
    public static CheckResult NotMade(string name, string reason) => new(name, double.NaN, 0, false, reason) { Skipped = true };
}
