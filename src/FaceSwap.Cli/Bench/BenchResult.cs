using System.Globalization;
using System.Text.Json;

namespace FaceSwap.Cli.Bench;

/// <summary>What a benchmark measured, by name, in the order measured.</summary>
internal sealed class BenchResult
{
    private readonly List<(string Key, object Value)> values = [];

    public void Add(string key, double value) => values.Add((key, value));

    /// <summary>The numbers alone.</summary>
    public IEnumerable<(string Key, double Value)> Numbers => values.Where(v => v.Value is double).Select(v => (v.Key, (double)v.Value));

    public void Add(string key, string value) => values.Add((key, value));

    /// <summary>The numbers as people read them.</summary>
    public IEnumerable<string> Lines()
    {
        int width = values.Max(v => v.Key.Length);
        return values.Select(v => $"{v.Key.PadRight(width)}  {(v.Value is double number ? number.ToString("G5", CultureInfo.InvariantCulture) : v.Value)}");
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
