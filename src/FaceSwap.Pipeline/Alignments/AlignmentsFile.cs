using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Alignments;

/// <summary>
/// The faces of a video or folder by frame name, in the order of the frames, and their file: an object from file name to a list of
/// <c>{"r", "x", "w", "y", "h", "landmarksXY"}</c>, the format of the 2018 tools, as JSON or YAML by the file's extension. A frame in which nothing was
/// found has an empty list.
/// </summary>
public sealed class AlignmentsFile
{
    // A million faces are 1.2 GB; what is larger does not fit into an array.
    private const long MostBytes = 2_000_000_000;

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

    /// <summary>Where the alignments of an input are written by default: <c>alignments.json</c> in a folder, <c>STEM_alignments.json</c> beside a
    /// video, <c>STEM.EXT_alignments.json</c> where it <see cref="AlignmentsOwner.HasRival"/>; <c>.yml</c> for YAML.</summary>
    public static string DefaultPath(string input, AlignmentsSerializer serializer = AlignmentsSerializer.Json) =>
        PathBeside(input, AlignmentsOwner.HasRival(input), serializer);

    /// <summary>The alignments file of an input at its usual place: that with the extension in its name, else that of the stem; <c>.json</c>, else <c>.yml</c>, else
    /// <c>.yaml</c>; null when there is none.</summary>
    /// <exception cref="UserErrorException">There is one of the stem, and another video has that stem.</exception>
    public static string? FindBeside(string input)
    {
        if (FirstBeside(input, withExtension: true) is { } own)
            return own;
        string? shared = FirstBeside(input, withExtension: false);
        if (shared is not null && AlignmentsOwner.Rivals(input) is [string rival, ..])
        {
            throw new UserErrorException($"'{shared}' may be of '{input}' or of '{rival}', whose names differ in the extension only; if it is of this one, "
                + $"rename it to '{Path.GetFileName(PathBeside(input, true, AlignmentsSerializers.ByExtension(shared)))}' or name it with --alignments; otherwise extract, or use --detect");
        }
        return shared;
    }

    private static string? FirstBeside(string input, bool withExtension)
    {
        string json = PathBeside(input, withExtension, AlignmentsSerializer.Json);
        return new[] { json, Path.ChangeExtension(json, ".yml"), Path.ChangeExtension(json, ".yaml") }
            .FirstOrDefault(static f => FileEntry.Find(f, follow: true)?.Kind is FileKind.Regular);
    }

    private static string PathBeside(string input, bool withExtension, AlignmentsSerializer serializer)
    {
        string full = Path.GetFullPath(input), name = "alignments" + serializer.Extension();
        return Directory.Exists(full)
            ? Path.Combine(full, name)
            : Path.Combine(Path.GetDirectoryName(full)!, $"{(withExtension ? Path.GetFileName(full) : Path.GetFileNameWithoutExtension(full))}_{name}");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It does not exist or is not an alignments file; the sentence says where.</exception>
    public static AlignmentsFile Load(string path)
    {
        AlignmentsSerializer serializer = AlignmentsSerializers.ByExtension(path);
        try
        {
            using FileStream stream = RegularFile.Open(path, MostBytes);
            return Read(stream, serializer, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"the alignments file '{path}' does not exist; run 'faceswap extract' first or give another --alignments", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserErrorException($"the alignments file '{path}' cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">From its start; stays open.</param>
    /// <param name="serializer">How it is written.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="UserErrorException">It is not an alignments file; the sentence says where.</exception>
    internal static AlignmentsFile Read(Stream content, AlignmentsSerializer serializer, string name)
    {
        AlignmentsFile file = new();
        try
        {
            using JsonDocument document = serializer == AlignmentsSerializer.Yaml ? AlignmentsYaml.Parse(content) : JsonDocument.Parse(content);
            AlignmentsJson.Read(document.RootElement, file);
            return file;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new UserErrorException($"'{name}' is not a usable alignments file ({e.Message.ReplaceLineEndings(" ")}); extract again or restore it from a copy", e);
        }
    }

    /// <summary>Writes the file as its extension says, under a temporary name, flushes it to the disk and renames it.</summary>
    /// <exception cref="UserErrorException">The folder is not writable or the disk is full; what was there stays.</exception>
    public void Save(string path)
    {
        AlignmentsSerializer serializer = AlignmentsSerializers.ForWriting(path);
        OutputFile.RequireFile(path, "the alignments", "file");
        AtomicFile.Write(path, "alignments", stream => Write(stream, serializer));
    }

    /// <summary>Writes the file over an older one, which stays beside it as <c>FILE.bak</c>.</summary>
    /// <exception cref="UserErrorException">The folder is not writable or the disk is full; what was there stays.</exception>
    public void Replace(string path)
    {
        RequireReplaceable(path, "file");
        if (File.Exists(path))
            KeepOld(path);
        Save(path);
    }

    /// <summary>Refuses to replace a sound file of something else. One that is damaged stays beside, as an older one does.</summary>
    /// <param name="path">Where alignments will be written.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="UserErrorException">Something else is there, or where the older file is kept.</exception>
    public static void RequireReplaceable(string path, string option)
    {
        AlignmentsSerializers.ForWriting(path);
        OutputFile.RequireFile(path, "the alignments", option);
        if (!File.Exists(path))
            return;
        OutputFile.RequireFile(path + ".bak", "what the file holds", option);
        try
        {
            Load(path);
        }
        catch (UserErrorException e)
        {
            if (e.InnerException is JsonException { BytePositionInLine: not null })
                return; // damaged, or half written by hand
            throw new UserErrorException($"'{path}' is there and holds something else than alignments, so it is not replaced; choose another {option}, or remove it ({e.Message})", e);
        }
    }

    /// <summary>Copies a file to <c>FILE.bak</c>.</summary>
    /// <exception cref="UserErrorException">It cannot be copied; an older <c>FILE.bak</c> stays.</exception>
    internal static void KeepOld(string path) => AtomicFile.Copy(path, path + ".bak", "backup");

    /// <summary>Writes the file's content.</summary>
    internal void Write(Stream stream, AlignmentsSerializer serializer)
    {
        if (serializer == AlignmentsSerializer.Yaml)
            AlignmentsYaml.Write(stream, faces);
        else
            AlignmentsJson.Write(stream, faces);
    }
}
