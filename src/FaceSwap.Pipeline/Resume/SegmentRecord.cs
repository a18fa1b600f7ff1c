using System.Text.Json.Serialization;

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
    SegmentStart Next);

/// <summary>What a conversion depends on, by what the user calls it; the order is that of reports.</summary>
/// <param name="Entries">Name and value.</param>
internal sealed record JournalHead(IReadOnlyList<KeyValuePair<string, string>> Entries);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SegmentRecord))]
[JsonSerializable(typeof(JournalHead))]
internal sealed partial class ResumeJson : JsonSerializerContext;
