using FaceSwap.Core;

namespace FaceSwap.Compute.Conformance;

/// <summary>One thing that every backend must do right.</summary>
/// <param name="Name">Operation, precision, shape and what is checked; unique.</param>
/// <param name="Precision">The precision that the backend must support for the case to apply.</param>
/// <param name="Check">Measures a backend: an error and its bound, or a breach of the contract.</param>
public sealed record ConformanceCase(string Name, Precision Precision, Func<IBackend, Finding> Check)
{
    /// <summary>What the backend must offer beside the precision.</summary>
    public Func<IBackend, bool> Needs { get; init; } = static _ => true;

    /// <summary>Whether the backend claims to do what the case checks.</summary>
    public bool AppliesTo(IBackend subject) => subject.Supports(Precision) && Needs(subject);

    /// <summary>Runs the case.</summary>
    /// <returns>Failed, with the exception's message, when the backend throws.</returns>
    public CheckResult Run(IBackend subject)
    {
        try
        {
            Finding finding = Check(subject);
            return finding.Breach is { } breach
                ? CheckResult.Failed(Name, breach)
                : CheckResult.Of(Name, finding.Error, finding.Bound, finding.Where);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return CheckResult.Failed(Name, $"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a case found.</summary>
/// <param name="Error">Largest error; NaN when a result was NaN that must not be.</param>
/// <param name="Bound">Largest error allowed.</param>
/// <param name="Where">Where the largest error was, or nothing.</param>
/// <param name="Breach">A breach of the contract that is no matter of rounding, or null.</param>
public readonly record struct Finding(double Error, double Bound, string Where = "", string? Breach = null)
{
    /// <summary>The contract was kept to the letter.</summary>
    public static Finding Kept => new(0, 0);

    /// <summary>The contract was broken.</summary>
    public static Finding Broken(string how) => new(double.NaN, 0, "", how);

    /// <summary>Kept, unless there is a breach to tell.</summary>
    public static Finding Unless(string? breach) => breach is null ? Kept : Broken(breach);
}
