using System.Text.Json;
using System.Text.Json.Serialization;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Resume;

/// <summary>A finished file of a segment.</summary>
/// <param name="Name">Its name in its folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The hash of its content; null where only the size is looked at.</param>
internal sealed record SegmentFile(string Name, long Bytes, string? Sha256);

/// <summary>A finished segment: with the state after it, a conversion goes on from there.</summary>
/// <param name="Segment">Its number, from 0.</param>
/// <param name="Frames">Frames in it.</param>
/// <param name="Files">The segment's file, or the images of its frames.</param>
/// <param name="Gaps">What was left out of the source's time within it or before its first frame: pairs of the first moment and the first moment kept again.</param>
/// <param name="Warnings">What could not be kept.</param>
/// <param name="NamesBefore">See <see cref="Media.VideoReader.NamesBefore"/>.</param>
/// <param name="Next">The state before the next segment.</param>
internal sealed record SegmentRecord(int Segment, long Frames, IReadOnlyList<SegmentFile> Files, IReadOnlyList<long[]> Gaps, IReadOnlyList<string> Warnings, long NamesBefore,
    SegmentStart Next)
{
    // More than any conversion has, and sums of them are in range.
    private const long MostFrames = 1L << 40;

    /// <summary>Of times in a source's time base: sums and differences of them are in range, which those of the largest numbers are not.</summary>
    public const long MostTime = 1L << 60;

    /// <summary>Whether a record that was read can be that of the segment after another one: a checksum is no proof, anybody can make one.</summary>
    /// <param name="before">The record before; null: this is the first.</param>
    public bool Follows(SegmentRecord? before) =>
        Segment == (before?.Next.Segment ?? 0) && Frames is > 0 and < MostFrames && NamesBefore is >= 0 and < MostFrames && Files is { Count: > 0 } && Gaps is not null && Warnings is not null
        && Files.All(static f => f is not null && OwnFile.IsPlainName(f.Name) && f.Bytes >= 0) && Files.DistinctBy(static f => f.Name).Count() == Files.Count
        && Gaps.All(static g => g is [> -MostTime and var from, var to] && from <= to) && Warnings.All(static w => w is not null)
        && Next is { SourceIndex: > 0 and < MostFrames, FramesWritten: < MostFrames, State.ValueKind: JsonValueKind.Object } && Next.Segment == Segment + 1
        && Next is { RemovedTime: >= 0 and < MostTime, SourcePts: > -MostTime and < MostTime }
        && Next.FramesWritten - (before?.Next.FramesWritten ?? 0) >= Frames && Next.SourceIndex > (before?.Next.SourceIndex ?? -1);
}

/// <summary>What a conversion depends on, by what the user calls it; the order is that of reports.</summary>
/// <param name="Entries">Name and value.</param>
internal sealed record JournalHead(IReadOnlyList<KeyValuePair<string, string>> Entries)
{
    /// <summary>Whether one that was read can be used.</summary>
    [JsonIgnore]
    public bool IsSound => Entries?.All(static e => e.Key is not null && e.Value is not null) == true && Entries.DistinctBy(static e => e.Key).Count() == Entries.Count;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SegmentRecord))]
[JsonSerializable(typeof(JournalHead))]
internal sealed partial class ResumeJson : JsonSerializerContext;
