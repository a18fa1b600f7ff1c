using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline;
using FaceSwap.Pipeline.Convert;

namespace FaceSwap.Cli.Bench;

/// <summary>What the stages of a conversion did, as numbers and as a table.</summary>
internal static class StageNumbers
{
    /// <summary>Adds for each stage: its threads, how busy they were in percent, the milliseconds that a frame took, the frames a second that it could do alone, how many items
    /// waited for it and how many can; and what was copied.</summary>
    /// <param name="result">Takes them.</param>
    /// <param name="prefix">Before every name.</param>
    /// <param name="title">The table's.</param>
    /// <param name="done">The conversion.</param>
    public static void Add(BenchResult result, string prefix, string title, ConvertSummary done)
    {
        foreach (StageReport stage in done.Stages.Where(s => s.BusySeconds > 0))
        {
            void Add(string name, double value) => result.AddDetail($"{prefix}_{stage.Stage}_{name}", value);
            Add("threads", stage.Threads);
            Add("busy_percent", 100 * stage.Busy);
            Add("frame_ms", 1e3 * stage.BusySeconds / Math.Max(1, done.Frames));
            Add("alone_frames_per_s", stage.FramesPerSecond);
            if (stage is { QueueDepth: double depth, QueueCapacity: int room })
            {
                Add("queue_mean", depth);
                Add("queue_room", room);
            }
        }
        result.AddDetail($"{prefix}_copied_bytes_per_frame", (double)done.CopiedBytes / Math.Max(1, done.Frames));
        result.AddDetail($"{prefix}_searches", done.Searches);
        result.AddDetail($"{prefix}_frames_peak_mib", done.PeakFrameBytes / (double)(1 << 20));
        result.AddTable(title, StageTable.Of(done));
    }
}
