using System.Globalization;
using System.Text;

namespace FaceSwap.Build;

/// <summary>The benchmark's numbers as Markdown.</summary>
public sealed class BenchReport
{
    private readonly List<string> rows = [];

    /// <summary>Above everything.</summary>
    public string Title { get; init; } = "Benchmark";

    /// <summary>What follows the table, as Markdown.</summary>
    public List<string> Sections { get; } = [];

    /// <summary>The machine and the reference.</summary>
    public List<(string Name, string Value)> Facts { get; } = [];

    /// <summary>What could not be measured, and why.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>A row: our number, the reference's, their ratio and the ratio (or, with no reference, the number) that is wanted.</summary>
    public void Add(string what, double ours, string unit, double? reference, double? wanted)
    {
        string ratio = reference is double r ? Format(ours / r) + "×" : "";
        string target = wanted is double w ? (reference is null ? $"≥ {Format(w)} {unit}" : $"≥ {Format(w)}×") : "";
        rows.Add($"| {what} | {Format(ours)} {unit} | {(reference is double v ? $"{Format(v)} {unit}" : "")} | {ratio} | {target} |");
    }

    /// <summary>A row with a time: the part of the reference's time, and the part that is wanted at most.</summary>
    public void AddTime(string what, double milliseconds, double reference, double? wanted) =>
        rows.Add($"| {what} | {Format(milliseconds)} ms | {Format(reference)} ms | {Format(milliseconds / reference * 100)} % | {(wanted is double w ? $"≤ {Format(w * 100)} %" : "")} |");

    /// <summary>A row with a time, and how many times faster than the reference's it is and is wanted to be at least.</summary>
    public void AddFaster(string what, double milliseconds, double reference, double wanted) =>
        rows.Add($"| {what} | {Format(milliseconds)} ms | {Format(reference)} ms | {Format(reference / milliseconds)}× | ≥ {Format(wanted)}× |");

    /// <summary>A row with a number that is wanted to be at most a limit.</summary>
    public void AddLimit(string what, double value, string unit, double limit) =>
        rows.Add($"| {what} | {Format(value)} {unit} | | | ≤ {Format(limit)} {unit} |");

    /// <summary>A row with a part of something, in percent.</summary>
    public void AddPart(string what, double part, double? wanted) =>
        rows.Add($"| {what} | {Format(part * 100)} % | | | {(wanted is double w ? $"≥ {Format(w * 100)} %" : "")} |");

    /// <summary>The whole report.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {Title}\n\n");
        foreach ((string name, string value) in Facts)
            text.Append(CultureInfo.InvariantCulture, $"- {name}: {value}\n");
        text.Append("\n| what | here | reference | ratio | wanted |\n| --- | --- | --- | --- | --- |\n");
        rows.ForEach(row => text.Append(row).Append('\n'));
        text.Append("\nRepeated runs, one after the other on an otherwise idle machine. `./build.sh bench` measures again.\n");
        Notes.ForEach(note => text.Append(CultureInfo.InvariantCulture, $"\n{note}\n"));
        Sections.ForEach(section => text.Append('\n').Append(section));
        return text.ToString();
    }

    private static string Format(double value) => value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
