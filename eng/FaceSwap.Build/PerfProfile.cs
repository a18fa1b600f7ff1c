using System.Globalization;
using System.Text;

namespace FaceSwap.Build;

/// <summary>A conversion sampled by Linux's perf: which library, and which of its functions, the processor was in.</summary>
internal sealed class PerfProfile(Layout layout)
{
    private const int Functions = 20;

    /// <summary>Runs <c>faceswap bench</c> under perf.</summary>
    /// <param name="arguments">Its options.</param>
    public string Of(string[] arguments)
    {
        string data = layout.At("out", "bench", "perf.data");
        // Software clock: virtual machines rarely have the hardware's counters. The map names what the runtime compiled, at addresses of its own unless memory that is run may be written.
        Dictionary<string, string> environment = new() { ["DOTNET_PerfMapEnabled"] = "1", ["DOTNET_EnableWriteXorExecute"] = "0" };
        int code = Shell.Run("perf", ["record", "-q", "-F", "199", "-e", "cpu-clock", "-o", data, "--", layout.Command, "bench", .. arguments, "--json", layout.At("out", "bench", "perf-run.json")],
            layout.Root, environment);
        StringBuilder text = new("## Sampled by perf\n\n");
        if (code != 0)
            return text.Append("perf could not record on this system.\n").ToString();
        text.Append("The short run without network and codecs is in it.\n\n| library | part |\n| --- | --- |\n");
        foreach ((string part, string name) in Lines(data, "dso", int.MaxValue))
            text.Append($"| {name} | {part} |\n");
        text.Append("\n| function | part |\n| --- | --- |\n");
        foreach ((string part, string name) in Lines(data, "dso,symbol", Functions))
            text.Append($"| `{name}` | {part} |\n");
        return text.ToString();
    }

    private IEnumerable<(string Part, string Name)> Lines(string data, string sort, int most)
    {
        (_, string output, _) = Shell.Capture("perf", ["report", "-i", data, "--stdio", "--no-children", "--percent-limit", "0.5", "--sort", sort], layout.Root);
        foreach (string line in output.Split('\n').Where(l => l.Length > 0 && !l.StartsWith('#')).Take(most))
        {
            string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 2 && double.TryParse(words[0].TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double percent))
                yield return ($"{percent.ToString("0.0", CultureInfo.InvariantCulture)} %", string.Join(' ', words[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimEnd('-', ' '));
        }
    }
}
