using System.Diagnostics;
using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;

namespace FaceSwap.Cli.Bench;

/// <summary>Times repeated work.</summary>
internal static class Measure
{
    private const int LeastRuns = 5;

    /// <summary>The median of the seconds of one run: after the warm-up, runs until the time is up and five at least were made.</summary>
    public static double Median(Action run, double seconds, int warmUp, CancellationToken cancellation) => Median(() =>
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }, seconds, warmUp, cancellation);

    /// <summary>The same for work that a backend is given: on a GPU by its own clock, from event to event on its stream, so that the time in which the
    /// processor learns of the end does not count.</summary>
    public static double Median(IBackend backend, Action enqueue, double seconds, int warmUp, CancellationToken cancellation)
    {
        using CudaTimer? timer = backend is CudaBackend cuda ? new CudaTimer(cuda) : null;
        return timer is null
            ? Median(() =>
            {
                enqueue();
                backend.Synchronize();
            }, seconds, warmUp, cancellation)
            : Median(() =>
            {
                timer.Start();
                enqueue();
                timer.Stop();
                return timer.Milliseconds() / 1e3;
            }, seconds, warmUp, cancellation);
    }

    /// <summary>The least of the seconds of one run: for work of a few milliseconds, which any other program's turn outlasts.</summary>
    public static double Best(Action run, double seconds, int warmUp, CancellationToken cancellation)
    {
        double best = double.MaxValue;
        Median(() =>
        {
            long start = Stopwatch.GetTimestamp();
            run();
            double taken = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Min(best, taken);
            return taken;
        }, seconds, warmUp, cancellation);
        return best;
    }

    private static double Median(Func<double> run, double seconds, int warmUp, CancellationToken cancellation)
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
            times.Add(run());
        }
        times.Sort();
        int middle = times.Count / 2;
        return times.Count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
    }
}
