using System.Globalization;
using System.Text.Json;
using FaceSwap.Core;

namespace FaceSwap.Cli.Bench;

/// <summary>The numbers of this run against those of an earlier one's JSON.</summary>
internal sealed class BenchComparison
{
    // Less than repeated runs of the same program differ by.
    private const double Noise = 3;

    private readonly Dictionary<string, double> earlier;

    private const int MostBytes = 16 << 20;

    private BenchComparison(Dictionary<string, double> earlier) => this.earlier = earlier;

    /// <summary>Reads what <c>--json</c> wrote.</summary>
    /// <exception cref="UserErrorException">It is not that.</exception>
    public static BenchComparison Load(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(RegularFile.ReadAllBytes(path, MostBytes));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new JsonException();
            return new BenchComparison(document.RootElement.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number)
                .ToDictionary(p => p.Name, p => p.Value.GetDouble()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new UserErrorException($"'{path}' cannot be compared with; give a file that 'faceswap bench --json FILE' wrote");
        }
    }

    /// <summary>The change of every number that both have, in percent, as a table; what became worse by more than the noise is marked.</summary>
    public IEnumerable<string> Lines(BenchResult now)
    {
        List<string[]> rows = [["", "before", "now", "change", ""]];
        foreach ((string key, double value) in now.Numbers)
        {
            if (!earlier.TryGetValue(key, out double before))
                continue;
            double? change = Percent(before, value);
            rows.Add([key, Text(before), Text(value), change is double c ? c.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %" : "",
                change is double d ? Verdict(key, d) : ""]);
        }
        int[] widths = [.. Enumerable.Range(0, 5).Select(i => rows.Max(r => r[i].Length))];
        return rows.Select(r => string.Join("  ", r.Select((cell, i) => i == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[i]))).TrimEnd());
    }

    /// <summary>The change in percent; null where there is nothing to measure it by.</summary>
    internal static double? Percent(double before, double now) => before == 0 ? (now == 0 ? 0 : null) : (now - before) / Math.Abs(before) * 100;

    /// <summary><c>worse</c>, <c>better</c>, or nothing: within the noise, or a number that is neither good nor bad.</summary>
    internal static string Verdict(string key, double percent)
    {
        int good = Direction(key);
        return good == 0 || Math.Abs(percent) <= Noise ? "" : good * percent < 0 ? "worse" : "better";
    }

    // Rates are better when higher; times, bytes and work that was needed when lower. The rest (counts, ceilings of the machine, depths) says nothing alone.
    private static int Direction(string key)
    {
        if (key.StartsWith("peak_", StringComparison.Ordinal) && key.EndsWith("gflops", StringComparison.Ordinal))
            return 0;
        if (key.EndsWith("_per_s", StringComparison.Ordinal))
            return key is "memory_gb_per_s" or "copy_gb_per_s" ? 0 : 1;
        if (key.EndsWith("fraction", StringComparison.Ordinal) || key.EndsWith("gflops", StringComparison.Ordinal))
            return 1;
        bool cost = key.EndsWith("_ms", StringComparison.Ordinal) || key.EndsWith("_us", StringComparison.Ordinal) || key.EndsWith("_s", StringComparison.Ordinal)
            || key.EndsWith("_mib", StringComparison.Ordinal) || key.EndsWith("_over_floor", StringComparison.Ordinal) || key.Contains("bytes", StringComparison.Ordinal)
            || key.StartsWith("cpu_s", StringComparison.Ordinal);
        return cost ? -1 : 0;
    }

    private static string Text(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
