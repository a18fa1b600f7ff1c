using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FaceSwap.Core.Geometry;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>
/// The YAML of an alignments file. Written with sorted keys in block style, as PyYAML's <c>dump</c> does, but for the points, which take a line each. Read:
/// what PyYAML writes of such data, its tags for tuples included; of aliases none, since a small file of them can unfold to any size.
/// </summary>
internal static class AlignmentsYaml
{
    private const int MostDepth = 32;

    // YAML ends keys without a mark of their own at 1024 characters.
    private const int LongestSimpleKey = 1000;

    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, IReadOnlyList<FaceRecord>>> frames)
    {
        using StreamWriter text = new(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        bool any = false;
        foreach ((string name, IReadOnlyList<FaceRecord> faces) in frames)
        {
            any = true;
            // A JSON string of ASCII is a double-quoted YAML scalar.
            JsonEncodedText key = JsonEncodedText.Encode(name);
            text.WriteLine($"{(key.EncodedUtf8Bytes.Length > LongestSimpleKey ? $"? \"{key}\"\n" : $"\"{key}\"")}:{(faces.Count == 0 ? " []" : "")}");
            foreach (FaceRecord face in faces)
                WriteFace(text, face);
        }
        if (!any)
            text.WriteLine("{}");
    }

    /// <summary>Reads a document as if it were JSON.</summary>
    /// <exception cref="FormatException">It is no YAML, or uses what an alignments file has no use for.</exception>
    public static JsonDocument Parse(Stream stream)
    {
        ArrayBufferWriter<byte> buffer = new();
        try
        {
            using StreamReader text = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, leaveOpen: true);
            using Utf8JsonWriter json = new(buffer);
            Parser parser = new(text);
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                throw new FormatException("it is empty");
            Copy(parser, json, 0);
            parser.Consume<DocumentEnd>();
            parser.Consume<StreamEnd>();
        }
        catch (YamlException e)
        {
            throw new FormatException($"line {e.Start.Line}: {e.Message}", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("it is no text of UTF-8", e);
        }
        return JsonDocument.Parse(buffer.WrittenMemory);
    }

    private static void WriteFace(StreamWriter text, FaceRecord face)
    {
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- h: {face.Rect.Height}"));
        text.WriteLine("  landmarksXY:");
        for (int i = 0; i < FaceRecord.LandmarkCount; i++)
        {
            Point2 p = face.Landmark(i);
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  - [{(int)p.X}, {(int)p.Y}]"));
        }
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  r: {face.Rotation}"));
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  w: {face.Rect.Width}"));
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  x: {face.Rect.X}"));
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  y: {face.Rect.Y}"));
    }

    private static void Copy(Parser parser, Utf8JsonWriter json, int depth)
    {
        if (depth > MostDepth)
            throw new FormatException("it is nested too deeply");
        if (parser.TryConsume<SequenceStart>(out _))
        {
            json.WriteStartArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
                Copy(parser, json, depth + 1);
            json.WriteEndArray();
        }
        else if (parser.TryConsume<MappingStart>(out _))
        {
            json.WriteStartObject();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (!parser.TryConsume<Scalar>(out Scalar? key))
                    throw new FormatException($"line {parser.Current?.Start.Line}: a key is not a name");
                json.WritePropertyName(key.Value);
                Copy(parser, json, depth + 1);
            }
            json.WriteEndObject();
        }
        else if (parser.TryConsume<Scalar>(out Scalar? value))
        {
            CopyScalar(value, json);
        }
        else
        {
            throw new FormatException($"line {parser.Current?.Start.Line}: aliases are not read");
        }
    }

    private static void CopyScalar(Scalar value, Utf8JsonWriter json)
    {
        if (value.Style == ScalarStyle.Plain && double.TryParse(value.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteStringValue(value.Value);
    }
}
