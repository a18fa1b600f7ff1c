using System.Buffers.Binary;
using System.Text.Json;

namespace FaceSwap.Core.Tensors;

/// <summary>
/// The header of a safetensors file (https://github.com/huggingface/safetensors): 8 bytes little-endian length, then that many bytes of JSON, an
/// object from tensor name to <c>{"dtype", "shape", "data_offsets": [begin, end]}</c> with an optional <c>__metadata__</c> of strings;
/// then the data without gaps or overlaps. Any departure from that is an <see cref="InvalidDataException"/>.
/// </summary>
public sealed class SafeTensorsHeader
{
    /// <summary>The longest header that is read: the format's own limit of 100 MB.</summary>
    public const long MaxLength = 100_000_000;

    private readonly Dictionary<string, SafeTensorInfo> byName;

    private SafeTensorsHeader(List<SafeTensorInfo> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
        byName = tensors.ToDictionary(t => t.Name);
    }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<SafeTensorInfo> Tensors { get; }

    /// <summary>Free text that the writer added.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Bytes of data after the header.</summary>
    public long DataLength => Tensors.Count == 0 ? 0 : Tensors[^1].Offset + Tensors[^1].ByteLength;

    /// <summary>A tensor by name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public SafeTensorInfo this[string name] =>
        byName.TryGetValue(name, out SafeTensorInfo? tensor) ? tensor : throw new InvalidDataException($"there is no tensor '{name}'");

    /// <summary>Lays out tensors one after the other.</summary>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or an axis is negative.</exception>
    public static SafeTensorsHeader Layout(IEnumerable<SafeTensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<SafeTensorInfo> placed = [];
        HashSet<string> names = ["__metadata__"];
        long offset = 0;
        foreach (SafeTensorInfo tensor in tensors)
        {
            if (!names.Add(tensor.Name) || tensor.Shape.Any(axis => axis < 0))
                throw new ArgumentException($"tensor '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}] cannot be stored");
            placed.Add(tensor with { Offset = offset });
            offset = checked(offset + tensor.ByteLength);
        }
        return new SafeTensorsHeader(placed, metadata ?? new Dictionary<string, string>());
    }

    /// <summary>The header's bytes with the length before them; padded with spaces so that the data begin at a multiple of 64.</summary>
    public byte[] ToBytes()
    {
        using MemoryStream json = new();
        json.Write(new byte[8]);
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            if (Metadata.Count > 0)
            {
                writer.WriteStartObject("__metadata__");
                foreach ((string key, string value) in Metadata)
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }
            foreach (SafeTensorInfo tensor in Tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.Type.ToString());
                WriteNumbers(writer, "shape", tensor.Shape);
                WriteNumbers(writer, "data_offsets", [tensor.Offset, tensor.Offset + tensor.ByteLength]);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        while (json.Length % 64 != 0)
            json.WriteByte((byte)' ');
        byte[] bytes = json.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 8);
        return bytes;
    }

    /// <summary>Reads the JSON part.</summary>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataLength">Bytes that follow it in the file.</param>
    /// <exception cref="InvalidDataException">The header is malformed, or it and the data do not fit together.</exception>
    public static SafeTensorsHeader Parse(ReadOnlyMemory<byte> json, long dataLength)
    {
        List<SafeTensorInfo> tensors = [];
        Dictionary<string, string> metadata = [];
        HashSet<string> names = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name))
                    throw new InvalidDataException($"the header names '{property.Name}' twice");
                if (property.Name == "__metadata__")
                {
                    foreach (JsonProperty item in property.Value.EnumerateObject())
                        metadata[item.Name] = item.Value.GetString() ?? throw new InvalidDataException($"metadata '{item.Name}' is not a string");
                }
                else
                {
                    tensors.Add(ParseTensor(property));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new InvalidDataException($"the header is malformed: {e.Message}", e);
        }
        return Checked(tensors, metadata, dataLength);
    }

    private static SafeTensorsHeader Checked(List<SafeTensorInfo> tensors, Dictionary<string, string> metadata, long dataLength)
    {
        // Tensors without elements share their offset with the next one, so length decides between equals.
        tensors.Sort(static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.ByteLength.CompareTo(b.ByteLength));
        long end = 0;
        foreach (SafeTensorInfo tensor in tensors)
        {
            if (tensor.Offset != end)
                throw new InvalidDataException($"the data of tensor '{tensor.Name}' begin at {tensor.Offset} where {end} was expected: gap or overlap");
            end += tensor.ByteLength;
        }
        return end == dataLength
            ? new SafeTensorsHeader(tensors, metadata)
            : throw new InvalidDataException($"the header describes {end} bytes of data but the file holds {dataLength}");
    }

    private static SafeTensorInfo ParseTensor(JsonProperty property)
    {
        string type = property.Value.GetProperty("dtype").GetString() ?? "null";
        if (!Enum.TryParse(type, out SafeTensorType parsed) || parsed.ToString() != type)
            throw new InvalidDataException($"tensor '{property.Name}' has the element type {type}, which is neither F32 nor I64");
        long[] shape = Numbers(property.Value.GetProperty("shape")), offsets = Numbers(property.Value.GetProperty("data_offsets"));
        if (shape.Any(axis => axis < 0) || offsets.Length != 2 || offsets[0] < 0)
            throw new InvalidDataException($"tensor '{property.Name}' has a malformed shape or position");
        SafeTensorInfo tensor = new(property.Name, parsed, shape) { Offset = offsets[0] };
        return offsets[1] >= offsets[0] && offsets[1] - offsets[0] == tensor.ByteLength
            ? tensor
            : throw new InvalidDataException($"tensor '{property.Name}' has {offsets[1] - offsets[0]} bytes where its shape needs {tensor.ByteLength}");
    }

    private static long[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(static e => e.GetInt64())];

    private static void WriteNumbers(Utf8JsonWriter writer, string name, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers)
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
