using System.Diagnostics;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// Measures each setting once: what was measured is remembered in the process, and in the user's cache folder for the next one. Processes that begin side by side
/// wait for the first one, so that they do not slow each other's measurement and all go by the same numbers. Without a usable folder every process measures for itself.
/// </summary>
/// <param name="folder">Where measurements are kept; made when the first one is.</param>
/// <param name="patience">How long to wait for another process; null: some seconds, far more than a measurement takes.</param>
internal sealed class PrecisionMeter(string folder, TimeSpan? patience = null)
{
    private const int LockedOnUnix = 11, LockedOnWindows = unchecked((int)0x80070020); // EAGAIN, a sharing violation

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, CpuPrecisionRates> known = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>The one of the user's cache folder.</summary>
    public static PrecisionMeter User { get; } = new(UserCache.Folder);

    /// <summary>The rates of a setting.</summary>
    /// <param name="setting">Everything that they depend on, in words.</param>
    /// <param name="bf16">Whether the processor has bf16.</param>
    /// <param name="measure">Measures them.</param>
    public CpuPrecisionRates Rates(string setting, bool bf16, Func<CpuPrecisionRates> measure)
    {
        lock (gate)
        {
            if (known.TryGetValue(setting, out CpuPrecisionRates? rates))
                return rates;
            return known[setting] = Find(new PrecisionCache(folder, setting, bf16), measure);
        }
    }

    private CpuPrecisionRates Find(PrecisionCache cache, Func<CpuPrecisionRates> measure)
    {
        if (cache.Read() is { } kept)
            return kept;
        using FileStream? turn = TakeTurn(cache);
        // Whoever had the turn before may have stored it.
        if (cache.Read() is { } meanwhile)
            return meanwhile;
        CpuPrecisionRates rates = measure();
        // Or whoever did not get a turn.
        if (cache.Read() is { } other)
            return other;
        cache.Write(rates);
        return rates;
    }

    // Held until disposed, and let go of by the system if the process dies. Null where that cannot be had, or not soon enough.
    private FileStream? TakeTurn(PrecisionCache cache)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(folder);
                return new FileStream(Path.Combine(folder, "precision.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (e.HResult is LockedOnUnix or LockedOnWindows && Stopwatch.GetElapsedTime(begin) < (patience ?? Patience))
            {
                if (cache.Read() is not null)
                    return null;
                Thread.Sleep(Pause);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
