using System.Text.Json;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>The JSON of an alignments file, with the keys in the order in which the classic tool writes them.</summary>
internal static class AlignmentsJson
{
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, IReadOnlyList<FaceRecord>>> frames)
    {
        using Utf8JsonWriter json = new(stream);
        json.WriteStartObject();
        foreach ((string name, IReadOnlyList<FaceRecord> records) in frames)
        {
            json.WriteStartArray(name);
            foreach (FaceRecord face in records)
                WriteFace(json, face);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <exception cref="FormatException">It is not the content of an alignments file.</exception>
    public static void Read(JsonElement root, AlignmentsFile file)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException("the top level is not an object from frame name to faces");
        foreach (JsonProperty frame in root.EnumerateObject())
            file.Set(frame.Name, ReadFaces(frame));
    }

    private static void WriteFace(Utf8JsonWriter json, FaceRecord face)
    {
        json.WriteStartObject();
        json.WriteNumber("r", face.Rotation);
        json.WriteNumber("x", face.Rect.X);
        json.WriteNumber("w", face.Rect.Width);
        json.WriteNumber("y", face.Rect.Y);
        json.WriteNumber("h", face.Rect.Height);
        json.WriteStartArray("landmarksXY");
        for (int i = 0; i < FaceRecord.LandmarkCount; i++)
        {
            Point2 p = face.Landmark(i);
            json.WriteStartArray();
            json.WriteNumberValue((int)p.X);
            json.WriteNumberValue((int)p.Y);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static FaceRecord[] ReadFaces(JsonProperty frame)
    {
        if (frame.Value.ValueKind != JsonValueKind.Array)
            throw new FormatException($"frame '{frame.Name}' is not a list of faces");
        return [.. frame.Value.EnumerateArray().Select(face => ReadFace(frame.Name, face))];
    }

    private static FaceRecord ReadFace(string frame, JsonElement face)
    {
        if (face.ValueKind != JsonValueKind.Object)
            throw new FormatException($"a face of frame '{frame}' is not an object");
        int Number(string key, int? fallback = null) =>
            face.TryGetProperty(key, out JsonElement value) ? Whole(value, frame)
            : fallback ?? throw new FormatException($"a face of frame '{frame}' has no '{key}'");
        if (!face.TryGetProperty("landmarksXY", out JsonElement list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() != FaceRecord.LandmarkCount)
            throw new FormatException($"a face of frame '{frame}' does not have {FaceRecord.LandmarkCount} landmarks");
        Point2[] points = [.. list.EnumerateArray().Select(p => p.ValueKind == JsonValueKind.Array && p.GetArrayLength() == 2
            ? new Point2(Whole(p[0], frame), Whole(p[1], frame))
            : throw new FormatException($"a landmark of frame '{frame}' is not a pair of numbers"))];
        return new FaceRecord(new RectI(Number("x"), Number("y"), Number("w"), Number("h")), points, Number("r", 0));
    }

    // Some tools wrote whole numbers as 12.0. Coordinates beyond a million pixels would overflow later arithmetic.
    private static int Whole(JsonElement value, string frame)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !(Math.Abs(number) <= 1e6))
            throw new FormatException($"frame '{frame}' holds a coordinate that is not a usable number");
        return (int)Math.Round(number);
    }
}
