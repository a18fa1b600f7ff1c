namespace FaceSwap.Pipeline.Extract;

/// <summary>What to extract from where.</summary>
public sealed record ExtractOptions
{
    /// <summary>A video file or a folder of images.</summary>
    public required string Input { get; init; }

    /// <summary>Folder for the aligned faces.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Alignments file to write; null: <c>alignments.json</c> in an input folder, <c>STEM_alignments.json</c> beside an input video.</summary>
    public string? AlignmentsPath { get; init; }

    /// <summary><c>hog</c>, <c>cnn</c> or <c>all</c>; see <see cref="Faces.FaceDetectors"/>.</summary>
    public string Detector { get; init; } = "hog";

    /// <summary>Folder of weight files, searched before the user's data folder; null: that alone.</summary>
    public string? ModelsDirectory { get; init; }

    /// <summary>Workers that detect; 0: one a processor.</summary>
    public int Processes { get; init; }

    /// <summary>Side of the aligned crops in pixels.</summary>
    public int Size { get; init; } = 256;

    /// <summary>Only every n-th frame.</summary>
    public int EveryNth { get; init; } = 1;

    /// <summary>Spread the extraction over at most about this many frames of a long video by raising <see cref="EveryNth"/>; 0: no limit.</summary>
    public int MaxFrames { get; init; }

    /// <summary>Keep what the alignments file already has.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>The name of this stage in progress reports.</summary>
    public string Stage { get; init; } = "extract";
}

/// <summary>What an extraction did.</summary>
public sealed record ExtractSummary(long Frames, long Faces, long FramesWithoutFace, string AlignmentsPath, string OutputDirectory, TimeSpan Elapsed)
{
    /// <summary>The step between frames that was used.</summary>
    public int EveryNth { get; init; } = 1;
}
