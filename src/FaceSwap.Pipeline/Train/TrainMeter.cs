using System.Diagnostics;
using System.Globalization;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>Progress of training, at most four times a second: iterations, rate over the last ten seconds, losses, and the time until the first of
/// the limits that can be foreseen.</summary>
internal sealed class TrainMeter(IProgress<WorkProgress>? sink, TrainOptions options)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly Queue<(TimeSpan At, long Iteration)> recent = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan last = TimeSpan.MinValue;

    /// <summary>Time since the training began.</summary>
    public TimeSpan Elapsed => clock.Elapsed;

    /// <summary>Reports the reading of faces.</summary>
    public void Reading(int done, int total)
    {
        lock (recent)
        {
            if (sink is null || !IsDue(clock.Elapsed, done == total))
                return;
            sink.Report(new WorkProgress(options.Stage, done, total, "faces", done / clock.Elapsed.TotalSeconds, null, "reading faces"));
        }
    }

    /// <summary>Starts the clock of the training proper.</summary>
    public void Begin()
    {
        clock.Restart();
        last = TimeSpan.MinValue;
        recent.Clear();
    }

    /// <summary>Reports an iteration.</summary>
    public void Iterated(LossHistory history, bool final = false)
    {
        TimeSpan now = clock.Elapsed;
        if (sink is null || !IsDue(now, final))
            return;
        recent.Enqueue((now, history.Iterations));
        while (recent.Count > 2 && now - recent.Peek().At > Window)
            recent.Dequeue();
        (TimeSpan at, long before) = recent.Peek();
        double seconds = (now - at).TotalSeconds, rate = seconds > 0 ? (history.Iterations - before) / seconds : 0;
        sink.Report(new WorkProgress(options.Stage, history.Iterations, options.Iterations, "iterations", rate, Remaining(now, rate, history.Iterations),
            string.Create(CultureInfo.InvariantCulture, $"loss A {history.RecentA:F4}, B {history.RecentB:F4}")));
    }

    private TimeSpan? Remaining(TimeSpan now, double rate, long iteration)
    {
        TimeSpan? left = options.TimeLimit is { } limit ? limit > now ? limit - now : TimeSpan.Zero : null;
        if (options.Iterations <= 0 || rate <= 0)
            return left;
        TimeSpan byCount = TimeSpan.FromSeconds(Math.Min(Math.Max(0, options.Iterations - iteration) / rate, 1e9));
        return left < byCount ? left : byCount;
    }

    private bool IsDue(TimeSpan now, bool final)
    {
        if (!final && last != TimeSpan.MinValue && now - last < Interval)
            return false;
        last = now;
        return true;
    }
}
