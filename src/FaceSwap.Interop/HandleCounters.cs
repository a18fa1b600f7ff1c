using System.Collections.Concurrent;

namespace FaceSwap.Interop;

/// <summary>Counts the live native objects of each kind and the bytes of native memory, so that a test can assert that nothing leaked and how much was taken.</summary>
public static class HandleCounters
{
    private static readonly ConcurrentDictionary<string, StrongBox> Counts = new();

    private static long nativeBytes, peakNativeBytes;

    private sealed class StrongBox
    {
        public long Value;
    }

    /// <summary>Counts one more live object of this kind.</summary>
    public static void Add(string kind) => Interlocked.Increment(ref Counts.GetOrAdd(kind, static _ => new StrongBox()).Value);

    /// <summary>Counts one live object of this kind less.</summary>
    public static void Remove(string kind) => Interlocked.Decrement(ref Counts.GetOrAdd(kind, static _ => new StrongBox()).Value);

    /// <summary>Bytes of native memory that live blocks for data have: buffers, not what libraries take for themselves.</summary>
    public static long NativeBytes => Interlocked.Read(ref nativeBytes);

    /// <summary>The most that <see cref="NativeBytes"/> has been since <see cref="ResetPeak"/>.</summary>
    public static long PeakNativeBytes => Interlocked.Read(ref peakNativeBytes);

    /// <summary>Begins anew with <see cref="PeakNativeBytes"/>.</summary>
    public static void ResetPeak() => Interlocked.Exchange(ref peakNativeBytes, NativeBytes);

    /// <summary>Counts a block of native memory taken, or with a negative size one given back.</summary>
    public static void AddBytes(long bytes)
    {
        long now = Interlocked.Add(ref nativeBytes, bytes), peak = PeakNativeBytes;
        while (now > peak)
            peak = Interlocked.CompareExchange(ref peakNativeBytes, now, peak) == peak ? now : PeakNativeBytes;
    }

    /// <summary>Live objects by kind; kinds with none are left out.</summary>
    public static IReadOnlyDictionary<string, long> Live =>
        Counts.Where(c => Interlocked.Read(ref c.Value.Value) != 0).ToDictionary(c => c.Key, c => Interlocked.Read(ref c.Value.Value));
}
