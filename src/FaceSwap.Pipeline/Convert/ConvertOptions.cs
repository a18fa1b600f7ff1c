using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Resume;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What to convert with which model. The defaults are those of the classic Masked converter.</summary>
public sealed record ConvertOptions
{
    /// <summary>A video file or a folder of images.</summary>
    public required string Input { get; init; }

    /// <summary>A video file (by its extension), a folder for images named as the frames are, or a pattern such as <c>out/%06d.png</c> that numbers them from 1.</summary>
    public required string Output { get; init; }

    /// <summary>Folder of the model's checkpoint.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>Alignments to use; null: those beside the input if they exist, otherwise faces are detected on the way.</summary>
    public string? AlignmentsPath { get; init; }

    /// <summary>Detect faces on the way even if there are alignments beside the input.</summary>
    public bool Detect { get; init; }

    /// <summary>Where faces are found on the way: <c>hog</c>, <c>cnn</c> or <c>all</c>; see <see cref="Faces.FaceDetectors"/>.</summary>
    public string Detector { get; init; } = "hog";

    /// <summary>Frames from one search of a whole frame to the next; between, the faces found are followed. 1: every frame is searched. Null: 12 for a video, 1 for a
    /// folder of images, which need not have to do with each other.</summary>
    public int? DetectEvery { get; init; }

    /// <summary>Folder of weight files, searched before the user's data folder; null: that alone.</summary>
    public string? ModelsDirectory { get; init; }

    /// <summary>Where the networks that find and describe faces run; null: the processor.</summary>
    public Faces.FaceDevice? FaceDevice { get; init; }

    /// <summary>Model expected in the checkpoint; null: whichever it is.</summary>
    public string? Trainer { get; init; }

    /// <summary>Convert B to A instead of A to B.</summary>
    public bool SwapModel { get; init; }

    /// <summary>Faces a network batch; 0: as many as the device gains from, as far as its memory goes.</summary>
    public int BatchSize { get; init; }

    /// <summary>Arithmetic; null: that of the run that is resumed, otherwise what the device prefers (<see cref="IBackend.ChoosePrecision"/>).</summary>
    public Precision? Precision { get; init; }

    /// <summary>How the new faces are put back.</summary>
    public BlendOptions Blend { get; init; } = new();

    /// <summary>Folder of the extracted faces: those deleted from it stay as they are; needs alignments. Null: all faces are converted.</summary>
    public string? AlignedDirectory { get; init; }

    /// <summary>Frames to convert; null: all. The others are passed on as they are.</summary>
    public FrameRanges? Ranges { get; init; }

    /// <summary>Leaves the other frames out, and their sound.</summary>
    public bool DiscardFrames { get; init; }

    /// <summary>Size of the output in percent of the input's, 1..1000.</summary>
    public int OutputScale { get; init; } = 100;

    /// <summary>Frames a second of a video made from a folder of images; null: 25.</summary>
    public Rational? FrameRate { get; init; }

    /// <summary>Hold faces still where their landmarks shake; null: for a video, not for a folder of images.</summary>
    public bool? Steady { get; init; }

    /// <summary>How strong: 1 lets a face trail its movement by at most 0.7 % of its size, 2 by twice that; 0.1..10.</summary>
    public double SteadyStrength { get; init; } = 1;

    /// <summary>First part of the input to convert, in seconds; null: from the start.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>Length to convert, in seconds; null: to the end.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Makes what takes the frames in place of <see cref="Output"/>; without segments and <see cref="Provenance"/>. Null: the output.</summary>
    public Func<IFrameSource, IFrameSink>? Sink { get; init; }

    /// <summary>Where videos are decoded, and encoded if the encoder is a device's.</summary>
    public VideoHardware Hardware { get; init; }

    /// <summary>Video encoder by its FFmpeg name; <c>auto</c>: the device's where it opens, otherwise libx264.</summary>
    public string Codec { get; init; } = "libx264";

    /// <summary>Constant rate factor of the video encoder.</summary>
    public int Crf { get; init; } = 15;

    /// <summary>Preset of the video encoder.</summary>
    public string Preset { get; init; } = "medium";

    /// <summary>Frames of a segment: what is finished in whole segments survives the end of the process, see <see cref="Unfinished"/>. 0: the output is written in one piece.</summary>
    public int SegmentFrames { get; init; } = 480;

    /// <summary>What to do if an earlier conversion to the same output was not finished.</summary>
    public UnfinishedWork Unfinished { get; init; }

    /// <summary>Marks the output as altered: container metadata and a <c>.provenance.json</c> beside it.</summary>
    public bool Provenance { get; init; } = true;

    /// <summary>Writes down that an output is finished also without provenance, so that <see cref="UnfinishedWork.Resume"/> does not convert it again: among several.</summary>
    internal bool RememberFinished { get; init; }

    /// <summary>Told how many frames are written, after each one, on the writing thread; progress reports come a few times a second only.</summary>
    internal Action<long>? FrameWritten { get; init; }

    /// <summary>The name of this stage in progress reports.</summary>
    public string Stage { get; init; } = "convert";
}

/// <summary>What a conversion did.</summary>
public sealed record ConvertSummary(long Frames, long FacesConverted, long FramesWithoutFace, string Output, TimeSpan Elapsed)
{
    /// <summary>Seconds that each stage spent working rather than waiting, summed over its threads.</summary>
    public IReadOnlyDictionary<string, double> BusySeconds { get; init; } = new Dictionary<string, double>();

    /// <summary>Bytes of frames copied to the device that blends; 0 when the processor does.</summary>
    public long UploadedBytes { get; init; }

    /// <summary>Frames outside the ranges that were passed on as they were.</summary>
    public long FramesUnselected { get; init; }

    /// <summary>Frames outside the ranges that were left out.</summary>
    public long FramesDiscarded { get; init; }

    /// <summary>Frames that an earlier run had finished.</summary>
    public long FramesResumed { get; init; }

    /// <summary>Faces that stayed as they were because they are not in the aligned folder any more.</summary>
    public long DeletedFaces { get; init; }

    /// <summary>Faces that were followed, each counted once as long as it was followed; 0 for images, whose faces are not.</summary>
    public long Identities { get; init; }

    /// <summary>What holding faces still did; null when it was off.</summary>
    public Jitter? Jitter { get; init; }

    /// <summary>Bytes of frames copied back from it.</summary>
    public long DownloadedBytes { get; init; }

    /// <summary>What each stage did, of all inputs that went through it.</summary>
    public IReadOnlyList<StageReport> Stages { get; init; } = [];

    /// <summary>Bytes of samples that were copied because a frame had to be changed while the decoder still held it.</summary>
    public long CopiedBytes { get; init; }

    /// <summary>Frames that were searched wholly for faces.</summary>
    public long Searches { get; init; }

    /// <summary>Memory that frames between decoder and encoder took at most, in bytes.</summary>
    public long PeakFrameBytes { get; init; }
}

/// <summary>How much faces shake: the mean frame-to-frame acceleration of the corners of their aligned squares, in pixels.</summary>
/// <param name="Before">As found.</param>
/// <param name="After">As put into the frames.</param>
/// <param name="Samples">Faces counted, those that three frames in a row had.</param>
public sealed record Jitter(double Before, double After, long Samples);
