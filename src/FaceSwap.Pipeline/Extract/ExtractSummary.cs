namespace FaceSwap.Pipeline.Extract;

/// <summary>What an extraction did.</summary>
public sealed record ExtractSummary(long Frames, long Faces, long FramesWithoutFace, string AlignmentsPath, string OutputDirectory, TimeSpan Elapsed)
{
    /// <summary>The step between frames that was used.</summary>
    public int EveryNth { get; init; } = 1;

    /// <summary>Frames passed over because an earlier run had done them.</summary>
    public long FramesSkipped { get; init; }

    /// <summary>Faces refused by the identity filter; they are in no crop and not in the alignments.</summary>
    public long Refused { get; init; }

    /// <summary>The list of them; null when there is none.</summary>
    public string? RefusedPath { get; init; }

    /// <summary>Faces whose crop went to the folder of blurry ones; they count as faces.</summary>
    public long Blurry { get; init; }

    /// <summary>Faces left out because they are too small or too many in their frame.</summary>
    public long LeftOut { get; init; }
}
