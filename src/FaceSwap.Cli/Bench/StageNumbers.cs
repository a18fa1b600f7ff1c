using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Cli.Bench;

/// <summary>What the stages of a conversion did, as numbers.</summary>
internal static class StageNumbers
{
    /// <summary>Adds busy time of each stage: in percent of the whole time (of one thread: above 100 where several work), in milliseconds a frame, and the frames a second that
    /// one thread of it could give.</summary>
    public static void Add(BenchResult result, string prefix, ConvertSummary done)
    {
        foreach ((string stage, double seconds) in done.BusySeconds.OrderByDescending(s => s.Value))
        {
            result.Add($"{prefix}_{stage}_busy_percent", 100 * seconds / done.Elapsed.TotalSeconds);
            result.Add($"{prefix}_{stage}_frame_ms", 1e3 * seconds / Math.Max(1, done.Frames));
        }
    }
}
