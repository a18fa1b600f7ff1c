using System.Text.Json;
using System.Text.Json.Serialization;
using FaceSwap.Core;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Steady;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What the stages remember before a segment's first frame.</summary>
/// <param name="Counts">Frames and faces before it.</param>
/// <param name="Gap">The stretch right before it that is left out: first moment, first moment kept; null: none.</param>
/// <param name="Faces">The faces being followed, as <see cref="Steady.SteadyFaces.Save"/> writes them; null: none are followed.</param>
internal sealed record ConvertState(ClipCounts Counts, long[]? Gap, byte[]? Faces)
{
    /// <summary>As a segment's start keeps it.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, ConvertStateJson.Default.ConvertState);

    /// <summary>Whether a segment can begin with what its start keeps: a journal's checksum is no proof, anybody can make one.</summary>
    public static bool IsSound(SegmentStart start)
    {
        try
        {
            if (Read(start).Faces is { } faces)
                new SteadyFaces(1).Restore(faces);
            return true;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    /// <summary>Of a segment's start.</summary>
    /// <exception cref="UserErrorException">It was written by something else.</exception>
    public static ConvertState Read(SegmentStart start)
    {
        try
        {
            return start.State.Deserialize(ConvertStateJson.Default.ConvertState) is { Counts.IsSound: true } state && state.Counts.Frames == start.FramesWritten
                && (state.Gap is null || state.Gap is [> -SegmentRecord.MostTime and var from, < SegmentRecord.MostTime and var to] && from <= to) ? state : throw new JsonException();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NotSupportedException)
        {
            throw new UserErrorException($"the state of segment {start.Segment} cannot be read; convert from the beginning");
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConvertState))]
internal sealed partial class ConvertStateJson : JsonSerializerContext;
