using FaceSwap.Interop;

namespace FaceSwap.TestKit;

/// <summary>
/// Asserts that a test leaves no native object behind: counts live handles when made and again when disposed.
/// Counters are per process, so test classes that use it belong to one xunit collection (or the assembly turns parallel classes off).
/// <code>using var leaks = new LeakCheck();</code>
/// </summary>
public sealed class LeakCheck : IDisposable
{
    private readonly IReadOnlyDictionary<string, long> before;

    /// <summary>Remembers what is alive now, after finalizers of earlier tests have run.</summary>
    public LeakCheck()
    {
        Settle();
        before = HandleCounters.Live;
    }

    /// <summary>Fails the test when another number of handles is alive than at the start. Finalizers do not run first: an object that only
    /// its finalizer frees is a leak of the code under test.</summary>
    public void Dispose()
    {
        IReadOnlyDictionary<string, long> after = HandleCounters.Live;
        List<string> differences = [];
        foreach (string kind in before.Keys.Union(after.Keys).Order())
        {
            long was = before.GetValueOrDefault(kind);
            long now = after.GetValueOrDefault(kind);
            if (was != now)
                differences.Add($"{kind}: {was} before, {now} after");
        }
        if (differences.Count > 0)
            throw new LeakException("native handles leaked: " + string.Join("; ", differences));
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}

/// <summary>A test left native objects behind.</summary>
public sealed class LeakException(string message) : Exception(message);
