using System.Collections.Concurrent;
using System.Diagnostics;

namespace FaceSwap.Pipeline.Stages;

/// <summary>Adds up the time that each stage spends working rather than waiting.</summary>
internal sealed class StageClock
{
    private readonly ConcurrentDictionary<string, long> ticks = new();
    private readonly ConcurrentQueue<(string Stage, int Threads, IQueueDepth? Queue)> shapes = new();

    /// <summary>Says of a stage how many threads it has and what it takes from; stages are reported in this order.</summary>
    public void Declare(string stage, int threads, IQueueDepth? queue = null) => shapes.Enqueue((stage, threads, queue));

    /// <summary>Adds the time since <paramref name="start"/> (a <see cref="Stopwatch"/> timestamp) to a stage.</summary>
    public void Add(string stage, long start)
    {
        long spent = Stopwatch.GetTimestamp() - start;
        ticks.AddOrUpdate(stage, static (_, s) => s, static (_, sum, s) => sum + s, spent);
    }

    /// <summary>Busy seconds by stage.</summary>
    public IReadOnlyDictionary<string, double> Seconds => ticks.ToDictionary(t => t.Key, t => t.Value / (double)Stopwatch.Frequency);

    /// <summary>What each declared stage did.</summary>
    /// <param name="frames">Frames that went through.</param>
    /// <param name="elapsed">The time that all took together.</param>
    public IReadOnlyList<StageReport> Report(long frames, TimeSpan elapsed) => [.. shapes.Select(s =>
    {
        double busy = ticks.GetValueOrDefault(s.Stage) / (double)Stopwatch.Frequency;
        return new StageReport(s.Stage, s.Threads, busy, elapsed > TimeSpan.Zero ? busy / (s.Threads * elapsed.TotalSeconds) : 0,
            busy > 0 ? frames * s.Threads / busy : 0, s.Queue?.MeanDepth, s.Queue?.Capacity);
    })];
}
