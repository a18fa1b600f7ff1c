using System.Collections.Concurrent;
using System.Diagnostics;

namespace FaceSwap.Pipeline.Stages;

/// <summary>Adds up the time that each stage spends working rather than waiting.</summary>
internal sealed class StageClock
{
    private readonly ConcurrentDictionary<string, long> ticks = new();

    /// <summary>Adds the time since <paramref name="start"/> (a <see cref="Stopwatch"/> timestamp) to a stage.</summary>
    public void Add(string stage, long start)
    {
        long spent = Stopwatch.GetTimestamp() - start;
        ticks.AddOrUpdate(stage, static (_, s) => s, static (_, sum, s) => sum + s, spent);
    }

    /// <summary>Busy seconds by stage.</summary>
    public IReadOnlyDictionary<string, double> Seconds => ticks.ToDictionary(t => t.Key, t => t.Value / (double)Stopwatch.Frequency);
}
