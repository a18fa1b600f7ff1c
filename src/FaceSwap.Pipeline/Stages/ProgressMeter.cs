using System.Diagnostics;

namespace FaceSwap.Pipeline.Stages;

/// <summary>Turns counts into progress reports, at most four a second, with a rate over the last ten seconds.</summary>
internal sealed class ProgressMeter(IProgress<WorkProgress>? sink, string stage, string unit, long total)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly Queue<(TimeSpan At, long Done)> history = new([(TimeSpan.Zero, 0)]);
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan last;

    /// <summary>Units in all; 0 when unknown.</summary>
    public long Total { get; set; } = total;

    public TimeSpan Elapsed => clock.Elapsed;

    /// <summary>Reports if enough time has passed since the last report or the work is over.</summary>
    public void Report(long done, Func<string> detail, bool final = false)
    {
        TimeSpan now = clock.Elapsed;
        if (sink is null || (!final && now - last < Interval))
            return;
        last = now;
        history.Enqueue((now, done));
        while (history.Count > 2 && now - history.Peek().At > Window)
            history.Dequeue();
        (TimeSpan at, long before) = history.Peek();
        double seconds = (now - at).TotalSeconds;
        double rate = seconds > 0 ? (done - before) / seconds : 0;
        TimeSpan? remaining = Total > 0 && rate > 0 && done <= Total ? TimeSpan.FromSeconds((Total - done) / rate) : null;
        sink.Report(new WorkProgress(stage, done, Total, unit, rate, remaining, detail()));
    }
}
