namespace FaceSwap.Compute.Conformance;

// THE MANUAL
//
// The suite holds every backend against the reference backend (and the reference against finite differences and formulas). It runs in
// `dotnet test`, in `faceswap selftest` on a user's machine, and on a GPU, with the same cases.
//
// To add an operation:
//   1. Write it in Reference/, with its formula at the head of the file.
//   2. Add <Op>Conformance.cs here with a method `IEnumerable<ConformanceCase> Cases()`, and name it in the list below. Give it cases for
//      odd sizes, counts that are no multiple of 16, batch 1 and 3, a repetition that must give the same bits, NaN and infinity where they
//      must show, and the gradient against finite differences. Reach the operation's memory through Rig, which puts guard
//      regions round every buffer, fills outputs and workspace with NaN, and tells when an input was written to.
//   3. Derive its tolerance in Tolerance.cs from the number of terms summed; do not tune it until it is green.
// To add a shape to an operation: its list is at the head of its file.
// To add a precision: Tolerance.cs, and ConformanceSuite.Precisions.
// To add a backend: nothing here; in tests/FaceSwap.Compute.Tests name it in BackendConformanceTests.

/// <summary>The cases that every backend must pass.</summary>
public static class ConformanceSuite
{
    private static readonly Lazy<IReadOnlyList<ConformanceCase>> All = new(static () =>
    [
        .. MemoryConformance.Cases(),
        .. ReadbackConformance.Cases(),
        .. ProductConformance.Cases(),
        .. ProductSpecialValueConformance.Cases(),
        .. ProductGradientConformance.Cases(),
        .. PoolConformance.Cases(),
        .. SigmoidL1Conformance.Cases(),
        .. AdamConformance.Cases(),
        .. AugmentConformance.Cases(),
        .. CompositorConformance.Cases(),
    ]);

    /// <summary>All cases, for all precisions; <see cref="ConformanceCase.AppliesTo"/> tells which concern a backend.</summary>
    public static IReadOnlyList<ConformanceCase> Cases => All.Value;

    /// <summary>The precisions that there are cases for.</summary>
    internal static Precision[] Precisions { get; } = [Precision.Fp32, Precision.Tf32, Precision.Bf16];
}
