using System.Diagnostics;
using System.Globalization;
using FaceSwap.Pipeline;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Progress for logs: one line every few seconds, and one when a stage begins or ends.</summary>
internal sealed class PlainProgress(TextWriter writer) : IProgress<WorkProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Lock gate = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private string stage = "";
    private TimeSpan last;

    public void Report(WorkProgress value)
    {
        lock (gate)
        {
            bool finished = value.Total > 0 && value.Done >= value.Total;
            if (value.Stage == stage && clock.Elapsed - last < Interval && !finished)
                return;
            stage = value.Stage;
            last = clock.Elapsed;
            writer.WriteLine(Line(value));
            writer.Flush();
        }
    }

    /// <summary>One line: stage, count, rate, time left, detail.</summary>
    public static string Line(WorkProgress value)
    {
        string count = value.Total > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{value.Done}/{value.Total} {value.Unit}")
            : string.Create(CultureInfo.InvariantCulture, $"{value.Done} {value.Unit}");
        string line = string.Create(CultureInfo.InvariantCulture, $"{value.Stage}: {count}, {Human.Rate(value.Rate)} {value.Unit}/s");
        if (value.Remaining is TimeSpan left)
            line += $", {Human.Duration(left)} left";
        return value.Detail.Length > 0 ? $"{line}, {value.Detail}" : line;
    }
}
