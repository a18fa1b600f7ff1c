using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>
/// The faces of a video or folder by frame name, in the order of the frames, and their file: a JSON object from file name to a list of
/// <c>{"r", "x", "w", "y", "h", "landmarksXY"}</c>, the format of the 2018 tools. A frame in which nothing was found has an empty list.
/// </summary>
public sealed class AlignmentsFile
{
    private readonly Dictionary<string, IReadOnlyList<FaceRecord>> faces = new(StringComparer.Ordinal);

    /// <summary>Number of frames.</summary>
    public int FrameCount => faces.Count;

    /// <summary>Number of faces in all frames.</summary>
    public long FaceCount => faces.Values.Sum(f => (long)f.Count);

    /// <summary>The frames' names in the order they were added.</summary>
    public IEnumerable<string> FrameNames => faces.Keys;

    /// <summary>The faces of a frame, or null when the frame is not in the file.</summary>
    public IReadOnlyList<FaceRecord>? Find(string frameName) => faces.GetValueOrDefault(frameName);

    /// <summary>Sets the faces of a frame.</summary>
    public void Set(string frameName, IReadOnlyList<FaceRecord> records) => faces[frameName] = records;

    /// <summary>Where the alignments of an input are by default: <c>alignments.json</c> in a folder, <c>STEM_alignments.json</c> beside a
    /// video.</summary>
    public static string DefaultPath(string input)
    {
        string full = Path.GetFullPath(input);
        return Directory.Exists(full)
            ? Path.Combine(full, "alignments.json")
            : Path.Combine(Path.GetDirectoryName(full)!, Path.GetFileNameWithoutExtension(full) + "_alignments.json");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It does not exist or is not an alignments file; the sentence says where.</exception>
    public static AlignmentsFile Load(string path)
    {
        AlignmentsFile file = new();
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(stream);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("the top level is not an object from frame name to faces");
            foreach (JsonProperty frame in document.RootElement.EnumerateObject())
                file.faces[frame.Name] = ReadFaces(frame);
            return file;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"the alignments file '{path}' does not exist; run 'faceswap extract' first or give another --alignments", e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new UserErrorException($"'{path}' is not a usable alignments file ({e.Message}); extract again or restore it from a copy", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the alignments file '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the file under a temporary name, flushes it to the disk and renames it.</summary>
    /// <exception cref="UserErrorException">The folder is not writable or the disk is full; what was there stays.</exception>
    public void Save(string path) => AtomicFile.Write(path, "alignments", stream =>
    {
        using Utf8JsonWriter json = new(stream);
        json.WriteStartObject();
        foreach ((string name, IReadOnlyList<FaceRecord> records) in faces)
        {
            json.WriteStartArray(name);
            foreach (FaceRecord face in records)
                WriteFace(json, face);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    });

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
