using System.Diagnostics;

namespace FaceSwap.Cli.Bench;

/// <summary>Times repeated work.</summary>
internal static class Measure
{
    private const int LeastRuns = 5;

    /// <summary>The median of the seconds of one run: after the warm-up, runs until the time is up and five at least were made.</summary>
    public static double Median(Action run, double seconds, int warmUp, CancellationToken cancellation)
    {
        for (int i = 0; i < warmUp; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            run();
        }
        List<double> times = [];
        Stopwatch all = Stopwatch.StartNew();
        while (times.Count < LeastRuns || all.Elapsed.TotalSeconds < seconds)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            run();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        times.Sort();
        int middle = times.Count / 2;
        return times.Count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
    }
}
