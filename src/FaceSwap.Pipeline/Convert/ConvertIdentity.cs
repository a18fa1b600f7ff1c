using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Alignments;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion's result depends on to the bit, by what the user calls it.</summary>
internal static class ConvertIdentity
{
    /// <summary>The name of the arithmetic among what a result depends on.</summary>
    public const string PrecisionName = "--precision";

    private const int PartBytes = 1 << 16;

    /// <summary>The arithmetic that a record names; null where it names none.</summary>
    public static Precision? Precision(string? recorded) => Enum.TryParse(recorded, out Precision known) && Enum.IsDefined(known) ? known : null;

    /// <summary>Lists it.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="network">The model.</param>
    /// <param name="stretch">Frames from one search to the next.</param>
    /// <param name="hold">Whether faces are held still.</param>
    /// <param name="cancellation">Stops hashing.</param>
    public static unsafe IReadOnlyList<KeyValuePair<string, string>> Describe(ConvertOptions options, SwapNetwork network, int stretch, bool hold,
        CancellationToken cancellation)
    {
        string direction = options.SwapModel ? "B to A" : "A to B";
        string? alignments = options.AlignmentsPath ?? (options.Detect ? null : AlignmentsFile.FindBeside(options.Input));
        List<KeyValuePair<string, string>> entries =
        [
            new("the program", $"{Provenance.Tool} ({typeof(ConvertIdentity).Module.ModuleVersionId.ToString("N")[..12]})"),
            new("FFmpeg", System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)ShimNative.fs_video_versions()) ?? ""),
            new("the device", network.Device),
            new("the number of processors", Text(Environment.ProcessorCount)),
            new(PrecisionName, network.Precision.ToString()),
            new("the input", Path.GetFullPath(options.Input)),
            new("the input's content", Content(options.Input)),
            new("the direction of the model", direction),
            new("the model", network.Distinguish()),
            new("--batch-size", options.BatchSize == 0 ? "auto" : Text(options.BatchSize)),
            new("--alignments", alignments is null ? "none" : Provenance.Describe(alignments, cancellation).Sha256),
            new("--detector", alignments is null ? options.Detector : "none"),
            new("where faces are found", options.FaceDevice is null ? "on the processor" : "on the device"),
            new("--detect-every", alignments is null ? Text(stretch) : "none"),
            new("--input-aligned-dir", options.AlignedDirectory is { } aligned ? Names(aligned) : "none"),
            new("--frame-ranges", options.Ranges?.ToString() ?? "all"),
            new("--discard-frames", options.DiscardFrames ? "on" : "off"),
            new("--output-scale", Text(options.OutputScale)),
            new("--fps", options.FrameRate is { } rate ? $"{rate.Numerator}/{rate.Denominator}" : "the input's"),
            new("--steady", hold ? Text(options.SteadyStrength) : "off"),
            new("--start", options.StartSeconds is { } start ? Text(start) : "the beginning"),
            new("--duration", options.DurationSeconds is { } duration ? Text(duration) : "to the end"),
            new("--codec", options.Codec),
            new("--crf", Text(options.Crf)),
            new("--preset", options.Preset),
            new("--segment-frames", Text(options.SegmentFrames)),
            new("the mark of origin", options.Provenance ? "on" : "off"),
        ];
        entries.AddRange(options.Blend.Settings().Select(s => new KeyValuePair<string, string>($"the blend's {s.Key}", s.Value)));
        return entries;
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    // Reading hours of video once more would cost minutes: its size, its time, and three parts of it tell one file from another.
    private static string Content(string path)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (Directory.Exists(path))
        {
            foreach (FileInfo file in VisibleFiles.In(path).Select(f => new FileInfo(f)).OrderBy(f => f.Name, StringComparer.Ordinal))
                Add($"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
            return System.Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        FileInfo info = new(path);
        Add($"{info.Length} {info.LastWriteTimeUtc.Ticks}\n");
        using FileStream stream = info.Open(new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite, BufferSize = 0 });
        byte[] part = new byte[PartBytes];
        foreach (long at in (long[])[0, (info.Length / 2) - (PartBytes / 2), info.Length - PartBytes])
        {
            stream.Position = Math.Max(at, 0);
            hash.AppendData(part, 0, stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false));
        }
        return System.Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }

    private static string Names(string folder) => System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)))));
}
