using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What was altered, by what, and how to recognise the files: written beside every output as <c>STEM.provenance.json</c> (<see cref="Provenance.PathFor"/>).</summary>
/// <param name="Statement">For people: that faces in this material were replaced.</param>
/// <param name="Tool">Program and version.</param>
/// <param name="CreatedUtc">When the conversion finished.</param>
/// <param name="Input">The unaltered input.</param>
/// <param name="Output">The altered output.</param>
/// <param name="Model">The model that made the faces.</param>
/// <param name="Frames">Frames in the output.</param>
/// <param name="FramesAltered">Frames in which at least one face was replaced.</param>
/// <param name="FacesReplaced">Faces replaced in all frames.</param>
/// <param name="Settings">Converter settings that shape the result.</param>
public sealed record ProvenanceRecord(string Statement, string Tool, DateTime CreatedUtc, ProvenanceFile Input, ProvenanceFile Output,
    ProvenanceModel Model, long Frames, long FramesAltered, long FacesReplaced, IReadOnlyDictionary<string, string> Settings);

/// <summary>A file or folder: its name and the SHA-256 of its content (of a folder: of the list of its files' hashes, sorted by name).</summary>
public sealed record ProvenanceFile(string Name, string Sha256);

/// <summary>The model: name, direction (<c>A to B</c>), iteration, and the SHA-256 over its weights' files.</summary>
public sealed record ProvenanceModel(string Name, string Direction, long Iteration, string Sha256);

/// <summary>The provenance mark: a file beside the output and entries in the container's metadata.</summary>
public static class Provenance
{
    /// <summary>The sentence that marks altered material.</summary>
    public const string Statement = "Altered: faces in this material were replaced by a neural network.";

    private static readonly JsonSerializerOptions Format = new(ProvenanceJson.Default.Options) { WriteIndented = true };

    /// <summary>The program's name and version.</summary>
    public static string Tool { get; } = $"FaceSwap.Native {typeof(Provenance).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Container metadata: the standard <c>comment</c>, which every player shows, and keys of our own for programs.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(string model, string direction) => new Dictionary<string, string>
    {
        ["comment"] = $"{Statement} Made with {Tool}.",
        ["altered"] = "face-swap",
        ["altered_by"] = Tool,
        ["altered_model"] = $"{model}, {direction}",
    };

    /// <summary>Where the record of an output goes: inside a folder, or beside a file as <c>STEM.provenance.json</c>; as <c>STEM.EXT.provenance.json</c> where a file of
    /// the first name is there that is not this output's.</summary>
    public static string PathFor(string output)
    {
        if (Directory.Exists(output))
            return Path.Combine(output, ".provenance.json");
        string full = Path.GetFullPath(output), own = full + ".provenance.json", shared = Path.ChangeExtension(full, ".provenance.json");
        return !File.Exists(own) && (!File.Exists(shared) || Names(shared, full)) ? shared : own;
    }

    /// <summary>Whether a file was written by this program, as the record beside it says.</summary>
    public static bool IsOutput(string path) => Names(PathFor(path), path);

    // Whether a record is of an output of this name.
    private static bool Names(string record, string output)
    {
        const int largest = 1 << 20;
        try
        {
            if (new FileInfo(record) is not { Exists: true, Length: <= largest })
                return false;
            return JsonSerializer.Deserialize(File.ReadAllText(record), ProvenanceJson.Default.ProvenanceRecord)?.Output?.Name == Path.GetFileName(output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Writes the record beside the output.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string output, ProvenanceRecord record) => AtomicFile.Write(PathFor(output), "provenance",
        stream => JsonSerializer.Serialize(stream, record, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<ProvenanceRecord>)Format.GetTypeInfo(typeof(ProvenanceRecord))));

    /// <summary>Names and hashes a file, or a folder's files.</summary>
    public static ProvenanceFile Describe(string path, CancellationToken cancellation = default)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (!Directory.Exists(path))
            return new ProvenanceFile(name, Hash(path, cancellation));
        using IncrementalHash all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Reading a pipe or a device might never end.
        foreach (string file in VisibleFiles.In(path).Where(static f => FileEntry.Find(f, follow: true)?.Kind is FileKind.Regular).Order(StringComparer.Ordinal))
            all.AppendData(System.Text.Encoding.UTF8.GetBytes($"{Hash(file, cancellation)}  {Path.GetFileName(file)}\n"));
        return new ProvenanceFile(name, System.Convert.ToHexStringLower(all.GetHashAndReset()));
    }

    private static string Hash(string path, CancellationToken cancellation)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20, FileOptions.SequentialScan);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[1 << 20];
        for (int read; (read = stream.Read(block)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }
        return System.Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProvenanceRecord))]
internal sealed partial class ProvenanceJson : JsonSerializerContext;
