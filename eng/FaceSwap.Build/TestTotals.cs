namespace FaceSwap.Build;

/// <summary>How many tests passed, failed and were skipped.</summary>
public sealed record TestTotals(int Passed, int Failed, int Skipped)
{
    /// <summary>The sums.</summary>
    public static TestTotals operator +(TestTotals a, TestTotals b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);

    /// <summary>The last line of a run.</summary>
    public override string ToString() => $"{Passed} passed, {Failed} failed, {Skipped} skipped";
}
