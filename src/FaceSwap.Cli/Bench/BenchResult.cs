using System.Globalization;
using System.Text.Json;

namespace FaceSwap.Cli.Bench;

/// <summary>What a benchmark measured, by name, in the order measured.</summary>
internal sealed class BenchResult
{
    private readonly List<(string Key, object Value)> values = [];
    private readonly HashSet<string> details = [];
    private readonly List<(string Title, string Text)> tables = [];

    public void Add(string key, double value) => values.Add((key, value));

    /// <summary>Adds a number that people read in a table.</summary>
    public void AddDetail(string key, double value)
    {
        Add(key, value);
        details.Add(key);
    }

    /// <summary>Adds a table of details.</summary>
    public void AddTable(string title, string text) => tables.Add((title, text));

    /// <summary>The numbers alone.</summary>
    public IEnumerable<(string Key, double Value)> Numbers => values.Where(v => v.Value is double).Select(v => (v.Key, (double)v.Value));

    public void Add(string key, string value) => values.Add((key, value));

    /// <summary>The numbers as people read them.</summary>
    public IEnumerable<string> Lines()
    {
        (string Key, object Value)[] shown = [.. values.Where(v => !details.Contains(v.Key))];
        int width = shown.Max(v => v.Key.Length);
        foreach ((string key, object value) in shown)
            yield return $"{key.PadRight(width)}  {(value is double number ? number.ToString("G5", CultureInfo.InvariantCulture) : value)}";
        foreach ((string title, string text) in tables)
            yield return $"\n{title}\n{text.TrimEnd()}";
    }

    /// <summary>One JSON object.</summary>
    public byte[] ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            foreach ((string key, object value) in values)
            {
                if (value is double number)
                    writer.WriteNumber(key, number);
                else
                    writer.WriteString(key, (string)value);
            }
            writer.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
