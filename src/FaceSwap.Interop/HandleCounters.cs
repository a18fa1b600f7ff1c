using System.Collections.Concurrent;

namespace FaceSwap.Interop;

/// <summary>Counts the live native objects of each kind, so that a test can assert that nothing leaked.</summary>
public static class HandleCounters
{
    private static readonly ConcurrentDictionary<string, StrongBox> Counts = new();

    private sealed class StrongBox
    {
        public long Value;
    }

    /// <summary>Counts one more live object of this kind.</summary>
    public static void Add(string kind) => Interlocked.Increment(ref Counts.GetOrAdd(kind, static _ => new StrongBox()).Value);

    /// <summary>Counts one live object of this kind less.</summary>
    public static void Remove(string kind) => Interlocked.Decrement(ref Counts.GetOrAdd(kind, static _ => new StrongBox()).Value);

    /// <summary>Live objects by kind; kinds with none are left out.</summary>
    public static IReadOnlyDictionary<string, long> Live =>
        Counts.Where(c => Interlocked.Read(ref c.Value.Value) != 0).ToDictionary(c => c.Key, c => Interlocked.Read(ref c.Value.Value));
}
