using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Pipeline.Extract;

/// <summary>What to extract from where.</summary>
public sealed record ExtractOptions
{
    /// <summary>A video file or a folder of images.</summary>
    public required string Input { get; init; }

    /// <summary>Folder for the aligned faces.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Alignments file to write; null: <see cref="AlignmentsFile.DefaultPath"/>.</summary>
    public string? AlignmentsPath { get; init; }

    /// <summary>How the alignments file is written; null: as the extension of <see cref="AlignmentsPath"/> says.</summary>
    public AlignmentsSerializer? Serializer { get; init; }

    /// <summary><c>hog</c>, <c>cnn</c> or <c>all</c>; see <see cref="FaceDetectors"/>.</summary>
    public string Detector { get; init; } = "hog";

    /// <summary>Folder of weight files, searched before the user's data folder; null: that alone.</summary>
    public string? ModelsDirectory { get; init; }

    /// <summary>Where the networks that find and describe faces run; null: the processor.</summary>
    public Faces.FaceDevice? FaceDevice { get; init; }

    /// <summary>Workers that detect; 0: one a processor.</summary>
    public int Processes { get; init; }

    /// <summary>Side of the aligned crops in pixels.</summary>
    public int Size { get; init; } = 256;

    /// <summary>Only every n-th frame.</summary>
    public int EveryNth { get; init; } = 1;

    /// <summary>Spread the extraction over at most about this many frames of a long video by raising <see cref="EveryNth"/>; 0: no limit.</summary>
    public int MaxFrames { get; init; }

    /// <summary>Keep what the alignments file already has and pass its frames over.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>The same for frames with a face alone: those without are searched again.</summary>
    public bool SkipExistingFaces { get; init; }

    /// <summary>Degrees by which frames without an upright face are turned, in the order in which they are tried; null: none.</summary>
    public IReadOnlyList<int>? RotationAngles { get; init; }

    /// <summary>Turn the crops so that the eyes lie level.</summary>
    public bool AlignEyes { get; init; }

    /// <summary>Crops whose <see cref="Vision.FocusMeasure"/> is below go to the sub-folder <see cref="ExtractWorkflow.BlurryFolder"/>; null: all stay.</summary>
    public double? BlurThreshold { get; init; }

    /// <summary>Draw the landmarks into the crops.</summary>
    public bool DebugLandmarks { get; init; }

    /// <summary>Faces whose box is narrower or lower than this many pixels are left out.</summary>
    public int MinSize { get; init; }

    /// <summary>At most this many faces of a frame, the best detections first; 0: all.</summary>
    public int MaxFaces { get; init; }

    /// <summary>Pictures of the wanted person; empty: every face is taken.</summary>
    public IReadOnlyList<string> Filter { get; init; } = [];

    /// <summary>Pictures of people who are not wanted.</summary>
    public IReadOnlyList<string> NegativeFilter { get; init; } = [];

    /// <summary>The largest mean distance to the pictures of the wanted person.</summary>
    public double ReferenceThreshold { get; init; } = FaceEmbedder.SamePerson;

    /// <summary>Time between saves of the alignments; a file that takes long to write is saved less often.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The name of this stage in progress reports.</summary>
    public string Stage { get; init; } = "extract";
}
