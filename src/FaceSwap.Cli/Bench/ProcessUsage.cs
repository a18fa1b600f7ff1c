using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Cli.Bench;

/// <summary>What this process uses while something runs: resident memory over time and the processor time of each kind of thread, sampled twice a second from
/// Linux's /proc; elsewhere nothing is known.</summary>
internal sealed class ProcessUsage : IDisposable
{
    private const string Status = "/proc/self/status", Tasks = "/proc/self/task";
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux
    private const int UserTime = 11;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly List<(double Seconds, double Mebibytes)> resident = [];
    private readonly Dictionary<string, (string Name, double Seconds)> threads = [];
    private readonly Dictionary<string, double> before = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Thread? sampler;
    private readonly bool peakIsOurs;

    /// <summary>Begins to watch. The peak counts from now where the system can forget the one before.</summary>
    public ProcessUsage()
    {
        if (!File.Exists(Status))
            return;
        peakIsOurs = ForgetPeak();
        foreach ((string id, _, double seconds) in ThreadTimes())
            before[id] = seconds;
        sampler = new Thread(Sample) { IsBackground = true, Name = "bench: usage" };
        sampler.Start();
    }

    /// <summary>Stops watching and adds peak, course of the memory, and processor seconds by thread.</summary>
    /// <param name="result">Takes the numbers.</param>
    /// <param name="prefix">Before every name.</param>
    public void AddTo(BenchResult result, string prefix = "")
    {
        Finish();
        if (peakIsOurs && Field("VmHWM:") is double peak)
            result.Add(prefix + "peak_rss_mib", peak);
        if (resident.Count >= 6)
        {
            // The first third is filling pools; what grows with the length of the video grows on from there.
            int third = resident.Count / 3;
            result.Add(prefix + "rss_middle_third_mib", resident.Skip(third).Take(third).Max(r => r.Mebibytes));
            result.Add(prefix + "rss_last_third_mib", resident.Skip(2 * third).Max(r => r.Mebibytes));
        }
        foreach (IGrouping<string, double> kind in threads.Values.Where(t => t.Seconds >= 0.05).GroupBy(t => t.Name, t => t.Seconds).OrderByDescending(g => g.Sum()))
            result.Add($"{prefix}cpu_s_{kind.Key}", kind.Sum());
        result.Add(prefix + "cpu_s", threads.Values.Sum(t => t.Seconds));
        result.Add(prefix + "cpu_percent", 100 * threads.Values.Sum(t => t.Seconds) / clock.Elapsed.TotalSeconds / Environment.ProcessorCount);
    }

    public void Dispose()
    {
        Finish();
        stop.Dispose();
    }

    private void Finish()
    {
        if (!clock.IsRunning)
            return;
        clock.Stop();
        stop.Cancel();
        sampler?.Join();
        TakeThreads();
    }

    private void Sample()
    {
        do
        {
            if (Field("VmRSS:") is double now)
                resident.Add((clock.Elapsed.TotalSeconds, now));
            TakeThreads();
        }
        while (!stop.Token.WaitHandle.WaitOne(Interval));
    }

    private void TakeThreads()
    {
        if (sampler is null)
            return;
        foreach ((string id, string name, double seconds) in ThreadTimes())
            threads[id] = (name, seconds - before.GetValueOrDefault(id));
    }

    // A line of stat: id (name) state ... with user and system time as the 14th and 15th fields, the 12th and 13th after the name, which may hold spaces.
    private static IEnumerable<(string Id, string Name, double Seconds)> ThreadTimes()
    {
        foreach (string task in Directory.EnumerateDirectories(Tasks))
        {
            if (Read(Path.Combine(task, "stat")) is { } line)
            {
                int close = line.LastIndexOf(')');
                string[] fields = line[(close + 2)..].Split(' ', UserTime + 3);
                double ticks = double.Parse(fields[UserTime], CultureInfo.InvariantCulture) + double.Parse(fields[UserTime + 1], CultureInfo.InvariantCulture);
                yield return (Path.GetFileName(task), Kind(line[(line.IndexOf('(') + 1)..close]), ticks / TicksPerSecond);
            }
        }
    }

    // Without a reader's buffers, which would be a megabyte a second of the memory that is being measured. Null: the thread has ended.
    private static string? Read(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            Span<byte> text = stackalloc byte[2048];
            return Encoding.UTF8.GetString(text[..RandomAccess.Read(file, text, 0)]);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Threads of one kind are numbered: av:h264:df0, av:h264:df1.
    private static string Kind(string name)
    {
        string kind = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimEnd(':', ' ');
        return string.Concat(kind.Select(c => char.IsLetterOrDigit(c) ? c : '_')).Trim('_');
    }

    private static bool ForgetPeak()
    {
        try
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static double? Field(string name)
    {
        string status = Read(Status) ?? "";
        int start = status.IndexOf('\n' + name, StringComparison.Ordinal) + 1 + name.Length, end = start < name.Length + 1 ? -1 : status.IndexOf("kB", start, StringComparison.Ordinal);
        return end < 0 ? null : long.Parse(status.AsSpan(start, end - start).Trim(), CultureInfo.InvariantCulture) / 1024.0;
    }
}
