using System.Text.Json;
using System.Text.Json.Serialization;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Resume;

/// <summary>That an output is finished and of what: the provenance record says it, and where that is not wanted, a hidden file beside the output.</summary>
/// <param name="Conversion">See <see cref="KeptOutput.Identity"/>.</param>
/// <param name="Output">The output as it was finished.</param>
/// <param name="Frames">Frames in it.</param>
/// <param name="FramesAltered">Frames with a new face.</param>
/// <param name="Faces">Faces replaced.</param>
/// <param name="Precision">Arithmetic of the network; null: not recorded.</param>
internal sealed record FinishedOutput(string Conversion, ProvenanceFile Output, long Frames, long FramesAltered, long Faces, string? Precision = null)
{
    private const int MostBytes = 16 << 20;

    /// <summary>The provenance record's setting that holds the conversion's identity.</summary>
    public const string Setting = "conversion";

    /// <summary>The provenance record's setting that holds the arithmetic of the network.</summary>
    public const string PrecisionSetting = "precision";

    /// <summary>What is known of an output, if it was finished by this very conversion and is as it was then; null otherwise.</summary>
    public static FinishedOutput? Find(string output, string conversion, CancellationToken cancellation)
    {
        if (FileEntry.Find(output, follow: true) is not { Kind: FileKind.Regular or FileKind.Folder })
            return null;
        FinishedOutput? found = Read(output);
        return found is { Output: not null, Frames: >= 0, Faces: >= 0, FramesAltered: >= 0 } && found.FramesAltered <= found.Frames
            && found.Conversion == conversion && found.Output == Provenance.Describe(output, cancellation) ? found : null;
    }

    /// <summary>The arithmetic in which an output was finished; null: it is not, or that is not known.</summary>
    public static string? PrecisionOf(string output) =>
        FileEntry.Find(output, follow: true) is { Kind: FileKind.Regular or FileKind.Folder } ? Read(output)?.Precision : null;

    /// <summary>Writes it down where there is no provenance record.</summary>
    public void Write(string output) => AtomicFile.Write(PathFor(output), "record", stream => JsonSerializer.Serialize(stream, this, FinishedJson.Default.FinishedOutput));

    private static FinishedOutput? Read(string output) =>
        Read(Provenance.PathFor(output), FinishedJson.Default.ProvenanceRecord) is { Settings: not null } record
            && record.Settings.TryGetValue(Setting, out string? identity)
            ? new FinishedOutput(identity, record.Output, record.Frames, record.FramesAltered, record.FacesReplaced, record.Settings.GetValueOrDefault(PrecisionSetting))
            : Read(PathFor(output), FinishedJson.Default.FinishedOutput);

    private static string PathFor(string output) => Directory.Exists(output)
        ? Path.Combine(output, ".finished.json")
        : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!, $".{Path.GetFileName(output)}.finished.json");

    private static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return OwnFile.Is(path) ? JsonSerializer.Deserialize(OwnFile.Read(path, MostBytes), type) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidDataException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProvenanceRecord))]
[JsonSerializable(typeof(FinishedOutput))]
internal sealed partial class FinishedJson : JsonSerializerContext;
