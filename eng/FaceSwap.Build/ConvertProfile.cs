using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace FaceSwap.Build;

/// <summary>Where the time of a conversion went, from the numbers of <c>faceswap bench --only convert</c>.</summary>
internal static class ConvertProfile
{
    private const string Busy = "_busy_percent", Threaded = "cpu_s_";

    /// <summary>Busy time of each stage.</summary>
    /// <param name="title">The section's.</param>
    /// <param name="prefix">Of the numbers' names.</param>
    /// <param name="run">The numbers.</param>
    /// <param name="seconds">What the whole took.</param>
    public static string Stages(string title, string prefix, JsonNode run, double seconds)
    {
        StringBuilder text = new($"## {title}\n\n| stage | busy | a frame | threads | queue before it: mean, room |\n| --- | --- | --- | --- | --- |\n");
        foreach ((string key, JsonNode? value) in run.AsObject().Where(p => p.Key.StartsWith(prefix + "_", StringComparison.Ordinal) && p.Key.EndsWith(Busy, StringComparison.Ordinal)))
        {
            string stage = key[(prefix.Length + 1)..^Busy.Length];
            double? Number(string name) => run[$"{prefix}_{stage}_{name}"]?.GetValue<double>();
            string queue = Number("queue_mean") is double mean ? $"{Text(mean, "0.0")}, {Text(Number("queue_room") ?? 0, "0")}" : "";
            text.Append(CultureInfo.InvariantCulture, $"| {stage} | {value!.GetValue<double>():0.0} % | {Number("frame_ms"):0.00} ms | {Number("threads"):0} | {queue} |\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"\nPercent of one thread over the {seconds:0.0} s of the run. The encoder's and the decoder's own threads are not in their stages.\n");
        return text.ToString();
    }

    /// <summary>Processor time by kind of thread.</summary>
    public static string Threads(JsonNode run)
    {
        StringBuilder text = new("## Processor time by thread\n\n| threads | seconds | part |\n| --- | --- | --- |\n");
        double all = run["cpu_s"]?.GetValue<double>() ?? 0;
        foreach ((string key, JsonNode? value) in run.AsObject().Where(p => p.Key.StartsWith(Threaded, StringComparison.Ordinal)))
        {
            double seconds = value!.GetValue<double>();
            text.Append(CultureInfo.InvariantCulture, $"| {key[Threaded.Length..]} | {seconds:0.0} | {100 * seconds / Math.Max(all, 1e-9):0.0} % |\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"\nAll together {all:0.0} s, {run["cpu_percent"]?.GetValue<double>():0} % of what the cores could give. Threads that a library starts carry the name of the thread that opened it.\n");
        return text.ToString();
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
