namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>What an alignments file and the frames that it is for do not have in common, and frames to look at. All lists are in the order of their frames.</summary>
/// <param name="Missing">Frames that the file does not have.</param>
/// <param name="Extra">Entries of the file for which there is no frame.</param>
/// <param name="Several">Frames with more than one face.</param>
/// <param name="Without">Frames in which no face was found.</param>
public sealed record AlignmentsCheck(IReadOnlyList<string> Missing, IReadOnlyList<string> Extra, IReadOnlyList<string> Several, IReadOnlyList<string> Without)
{
    /// <summary>Whether the file has the input's frames, all of them and no other.</summary>
    public bool Complete => Missing.Count == 0 && Extra.Count == 0;

    /// <summary>Compares a file with an input's frames.</summary>
    public static AlignmentsCheck Of(AlignmentsFile file, IReadOnlyList<string> frames)
    {
        HashSet<string> known = [.. frames];
        return new AlignmentsCheck(
            [.. frames.Where(f => file.Find(f) is null)],
            [.. file.FrameNames.Where(f => !known.Contains(f))],
            [.. frames.Where(f => file.Find(f) is { Count: > 1 })],
            [.. frames.Where(f => file.Find(f) is { Count: 0 })]);
    }
}
