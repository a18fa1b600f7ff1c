using System.Diagnostics;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Chooses among several ways to do a piece of work, by the median of timed runs on the device, and remembers what it chose. A way that was
/// remembered is only run once, so that whatever is loaded at the first use is loaded before a step is recorded.
/// </summary>
internal sealed unsafe class Tuner(CudaDevice device, TuningCache cache, Action<string>? tell = null) : IDisposable
{
    private const int TimedRuns = 5, MostWays = 40;
    private const double Hopeless = 2; // a first run that takes this many times the best median is not repeated
    private const double LongEnough = 20; // milliseconds: runs that together take longer need no more of them to be told apart
    private const uint Content = 0x3DCD3DCD; // 0.1 in both types: neither zeros, which cost less power, nor NaN
    private const long MostCold = 256L << 20;
    private static readonly TimeSpan LongestBuild = TimeSpan.FromSeconds(6); // kernels compiled at run time take up to half a second each

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2), Between = TimeSpan.FromSeconds(5);

    private readonly CudaTimer timer = new(device);
    private readonly Stopwatch measuring = new(); // time spent on works that nothing was remembered of
    private TimeSpan nextWord = Silence;
    private int chosen; // works measured

    /// <summary>How many ways have been timed so far: none, where everything was remembered.</summary>
    public long Timed { get; private set; }

    /// <summary>Chooses a way.</summary>
    /// <param name="work">Names the work in the cache: everything that a choice depends on, beyond what the cache itself is for.</param>
    /// <param name="tiers">Ways; a tier is only asked for when none of those before has a way that works.</param>
    /// <param name="trial">How a way is tried.</param>
    /// <returns>The way, which the caller owns; null when there is none.</returns>
    public T? Choose<T>(string work, IReadOnlyList<IEnumerable<Proposal<T>>> tiers, Trial<T> trial) where T : class, IDisposable
    {
        device.RefuseWhileRecording("choose an algorithm");
        device.MakeCurrent();
        if (cache.Find(work) is { } remembered)
        {
            if (Recall(remembered, tiers, trial) is { } known)
                return known;
            cache.Forget(work);
        }
        TellHowFar(work);
        measuring.Start();
        try
        {
            foreach (IEnumerable<Proposal<T>> tier in tiers)
            {
                List<(string Name, T Way)> ways = Build(tier);
                if (Fastest(ways, trial) is not (string name, T best))
                    continue;
                cache.Store(work, name);
                chosen++;
                return best;
            }
            return null;
        }
        finally
        {
            measuring.Stop();
        }
    }

    /// <summary>The first way that works, neither timed nor remembered.</summary>
    /// <param name="tiers">Ways.</param>
    /// <param name="trial">How a way is tried.</param>
    /// <returns>The way, which the caller owns; null when there is none.</returns>
    public T? First<T>(IReadOnlyList<IEnumerable<Proposal<T>>> tiers, Trial<T> trial) where T : class, IDisposable
    {
        device.RefuseWhileRecording("choose an algorithm");
        device.MakeCurrent();
        foreach (Proposal<T> proposal in tiers.SelectMany(static tier => tier))
        {
            if (proposal.Build() is { } way && Fastest([(proposal.Name, way)], trial) is not null)
                return way;
        }
        return null;
    }

    private void TellHowFar(string work)
    {
        if (measuring.Elapsed < nextWord)
            return;
        nextWord = measuring.Elapsed + Between;
        tell?.Invoke($"timing ways to compute on {device.Name}, which is remembered for the next start: {chosen} products done in "
            + $"{measuring.Elapsed.TotalSeconds:0} s, now {work}");
    }

    public void Dispose() => timer.Dispose();

    private static List<(string Name, T Way)> Build<T>(IEnumerable<Proposal<T>> tier) where T : class, IDisposable
    {
        var ways = new List<(string, T)>();
        var started = Stopwatch.StartNew();
        try
        {
            foreach (Proposal<T> proposal in tier)
            {
                if (proposal.Build() is { } way)
                    ways.Add((proposal.Name, way));
                if (ways.Count == MostWays || (ways.Count > 0 && started.Elapsed > LongestBuild))
                    break;
            }
            return ways;
        }
        catch
        {
            ways.ForEach(w => w.Item2.Dispose());
            throw;
        }
    }

    private T? Recall<T>(string name, IReadOnlyList<IEnumerable<Proposal<T>>> tiers, Trial<T> trial) where T : class, IDisposable
    {
        if ((trial.Restore?.Invoke(name) ?? Find(name, tiers)) is not { } way)
            return null;
        using CudaScratch? memory = CudaScratch.TryAllocate(device, Bytes(trial, trial.ScratchBytes(way)));
        if (memory is null || Runs(way, trial, memory))
            return way;
        way.Dispose();
        return null;
    }

    private static T? Find<T>(string name, IReadOnlyList<IEnumerable<Proposal<T>>> tiers) where T : class, IDisposable
    {
        foreach (IEnumerable<Proposal<T>> tier in tiers)
        {
            foreach (Proposal<T> proposal in tier)
            {
                if (proposal.Name == name)
                    return proposal.Build();
            }
        }
        return null;
    }

    // Disposes of all ways but the one it returns.
    private (string Name, T Way)? Fastest<T>(List<(string Name, T Way)> ways, Trial<T> trial) where T : class, IDisposable
    {
        T? chosen = null;
        try
        {
            if (ways.Count == 0)
                return null;
            using CudaScratch? memory = CudaScratch.TryAllocate(device, Bytes(trial, ways.Max(w => trial.ScratchBytes(w.Way))));
            // Without memory to try them in, the first proposed is as good a guess as any.
            if (memory is null)
            {
                chosen = ways[0].Way;
                return ways[0];
            }
            Fill(memory);
            using CudaScratch? cold = CudaScratch.TryAllocate(device, Math.Clamp(2 * device.L2Bytes, 1, MostCold));
            double best = double.PositiveInfinity;
            var timed = new List<((string Name, T Way) Way, double Milliseconds)>();
            foreach ((string Name, T Way) way in ways)
            {
                if (!Runs(way.Way, trial, memory))
                    continue;
                // What is timed is what will run: a recording, with nothing of the host's between one kernel and the next.
                using CudaRecording? recording = Record(way.Way, trial, memory);
                if (recording is null)
                    continue;
                double median = ways.Count == 1 ? 0 : Time(recording, cold, best);
                best = Math.Min(best, median);
                timed.Add((way, median));
            }
            foreach (((string Name, T Way) way, _) in timed.OrderBy(t => t.Milliseconds))
            {
                if (trial.Accept?.Invoke(way.Way, memory.Pointer, Scratch(trial, memory)) == false)
                    continue;
                chosen = way.Way;
                return way;
            }
            return null;
        }
        finally
        {
            foreach ((_, T way) in ways)
            {
                if (!ReferenceEquals(way, chosen))
                    way.Dispose();
            }
        }
    }

    private double Time(CudaRecording recording, CudaScratch? cold, double best)
    {
        Timed++;
        var times = new List<double>(TimedRuns);
        while (times.Count < TimedRuns)
        {
            // In a step, other layers' data have gone through the cache since this layer's were last touched.
            if (cold is not null)
                CudaException.ThrowIfFailed(CudaNative.cuMemsetD8Async(cold.Pointer, 0, (nuint)cold.Bytes, device.Stream), device.Description);
            timer.Start();
            recording.Run();
            timer.Stop();
            times.Add(timer.Milliseconds());
            if (times[0] > Hopeless * best || times.Sum() > LongEnough)
                break;
        }
        times.Sort();
        return times[times.Count / 2];
    }

    // Also loads what is loaded at the first use.
    private bool Runs<T>(T way, Trial<T> trial, CudaScratch memory) where T : class, IDisposable
    {
        try
        {
            trial.Run(way, memory.Pointer, Scratch(trial, memory));
            device.Synchronize();
            return true;
        }
        catch (Exception e) when (e is CudnnException or CublasException)
        {
            return false;
        }
    }

    // Null for a way that a recording cannot hold.
    private CudaRecording? Record<T>(T way, Trial<T> trial, CudaScratch memory) where T : class, IDisposable
    {
        try
        {
            return new CudaRecording(device, () => trial.Run(way, memory.Pointer, Scratch(trial, memory)));
        }
        catch (Exception e) when (e is CudnnException or CublasException or CudaException)
        {
            return null;
        }
    }

    private void Fill(CudaScratch memory) => CudaException.ThrowIfFailed(
        CudaNative.cuMemsetD32Async(memory.Pointer, Content, (nuint)(memory.Bytes / sizeof(uint)), device.Stream), device.Description);

    private static long Bytes<T>(Trial<T> trial, long scratch) where T : class, IDisposable => CudaWorkspace.Align(trial.OperandBytes) + scratch + sizeof(uint);

    private static nint Scratch<T>(Trial<T> trial, CudaScratch memory) where T : class, IDisposable =>
        memory.Pointer + (nint)CudaWorkspace.Align(trial.OperandBytes);
}
