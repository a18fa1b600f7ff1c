using System.Diagnostics;
using System.Globalization;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Pipeline.Video;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// Converts a video or folder with a trained model: faces are put back on planar YUV (video) or BGR (images), in one bounded pass. Pixels
/// outside the mask leave as they were decoded; sound, subtitles, timestamps and metadata are carried over.
/// </summary>
public sealed class ConvertWorkflow(ConvertOptions options, IBackend backend, Action<string>? warn = null, Action<string>? note = null)
{
    private readonly FileNamePattern? pattern = IsPattern(options.Output) ? new FileNamePattern(Path.GetFileName(options.Output)) : null;
    private readonly string output = Place(options.Output);

    /// <summary>Runs the conversion.</summary>
    /// <exception cref="UserErrorException">Input, model or output cannot be used; nothing stands under the output's name.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing stands under the output's name.</exception>
    public ConvertSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Check(options);
        AlignmentsFile? alignments = FindAlignments();
        AlignedFolder? kept = options.AlignedDirectory is not { } aligned ? null : AlignedFolder.Open(aligned, alignments ?? throw new UserErrorException(
            "--input-aligned-dir needs the alignments that the faces were extracted with; give --alignments, without --detect"));
        FaceDetectors? detectors = alignments is null ? new FaceDetectors(options.Detector, options.ModelsDirectory, options.FaceDevice) : null;
        using IFrameSource source = FrameSources.Open(options.Input, new VideoReaderOptions
        {
            StartSeconds = options.StartSeconds,
            DurationSeconds = options.DurationSeconds,
            NameFromBeginning = alignments is not null || options.Ranges is not null,
        }, new ImageFolderOptions { FrameRate = options.FrameRate ?? new Rational(25, 1) });
        using SwapNetwork network = SwapNetwork.Load(options, backend, warn, note);
        string direction = options.SwapModel ? "B to A" : "A to B";
        ProvenanceFile? input = options.Provenance ? Provenance.Describe(options.Input, cancellation) : null;

        ProgressMeter meter = new(progress, options.Stage, "frames", options.DiscardFrames ? 0 : source.Info.FrameCount);
        using IFrameSink target = OpenSink(source, network.ModelName, direction);
        using FittedSink sink = new(target, options.OutputScale / 100.0, pattern);
        IFaceSwapper? onDevice = options.Blend.Converter == ConverterKind.Masked
            ? DeviceSwapper.TryCreate(backend, network, options.Blend.Masked(network.Size), source.Info)
            : null;
        using IFaceSwapper swapper = onDevice ?? new HostSwapper(network, () => options.Blend.Create(network.Size));
        SteadyFaces? steady = options.Steady ?? source.Info.IsVideo ? new SteadyFaces(options.SteadyStrength) : null;
        using ConvertPipeline pipeline = new(source, sink, swapper, alignments, Workers(), new ConvertChoices
        {
            Detectors = detectors,
            Steady = steady,
            Ranges = options.Ranges,
            Discard = options.DiscardFrames,
            OnGap = source.Info.IsVideo && target is VideoWriter video ? video.LeaveOut : null,
            Kept = kept,
            ByBoxes = options.Blend.Converter == ConverterKind.Adjust,
        });
        pipeline.Run(frames => meter.Report(frames, () => $"{pipeline.Faces} faces"), cancellation);
        if (pipeline.Frames == 0)
            throw new UserErrorException($"'{options.Input}' gave no frame to convert; check the file, --frame-ranges, --start and --duration");
        if (options.Ranges is not null && pipeline.Frames == pipeline.FramesUnselected)
            throw new UserErrorException($"none of the {pipeline.Frames} frames of '{options.Input}' is in the ranges {options.Ranges}; frames are numbered as in their names");
        sink.Complete();
        if (pipeline.FramesNotAligned > 0)
            warn?.Invoke($"{pipeline.FramesNotAligned} of {pipeline.Frames} frames are not in the alignments file and stayed as they were; extract every frame, or use --detect to find faces on the way");
        if (pipeline.RotatedFaces > 0)
            warn?.Invoke($"{pipeline.RotatedFaces} faces were found in rotated frames and stayed as they were; --converter Adjust takes upright faces only, Masked takes all");
        if (pipeline.UnusableFaces > 0)
            warn?.Invoke($"{pipeline.UnusableFaces} faces have landmarks all in one place or outside their frame and were left out; check that the alignments are those of this input");
        foreach (string warning in source.Warnings.Concat(sink.Warnings))
            warn?.Invoke(warning);
        meter.Report(pipeline.Frames, () => $"{pipeline.Faces} faces", final: true);
        if (input is not null)
        {
            Provenance.Write(output, new ProvenanceRecord(Provenance.Statement, Provenance.Tool, DateTime.UtcNow, input,
                Provenance.Describe(output, cancellation), network.Describe(direction, cancellation), pipeline.Frames,
                pipeline.Frames - pipeline.FramesWithoutFace - pipeline.FramesUnselected, pipeline.Faces, Settings(steady)));
        }
        return new ConvertSummary(pipeline.Frames, pipeline.Faces, pipeline.FramesWithoutFace, options.Output, clock.Elapsed)
        {
            BusySeconds = pipeline.Clock.Seconds,
            FramesUnselected = pipeline.FramesUnselected,
            FramesDiscarded = pipeline.FramesDiscarded,
            DeletedFaces = pipeline.DeletedFaces,
            Jitter = steady is null ? null : new Jitter(steady.JitterBefore, steady.JitterAfter, steady.Samples),
            UploadedBytes = swapper.UploadedBytes,
            DownloadedBytes = swapper.DownloadedBytes,
        };
    }

    // The network has one thread fewer than there are processors, so that the other stages always progress beside it: with a team of
    // threads over all processors, each of its barriers would wait for whichever thread a decoder or encoder displaced.
    private static int Workers() => Math.Max(1, Environment.ProcessorCount / 2);

    private Dictionary<string, string> Settings(SteadyFaces? steady)
    {
        Dictionary<string, string> settings = options.Blend.Settings();
        settings["steady"] = steady is null ? "no" : options.SteadyStrength.ToString(CultureInfo.InvariantCulture);
        return settings;
    }

    /// <summary>The video or the folder that an output names: for a pattern, the folder of its images.</summary>
    internal static string Place(string output) => IsPattern(output) ? Path.GetDirectoryName(Path.GetFullPath(output))! : output;

    private static bool IsPattern(string path) => !Directory.Exists(path) && !FrameSinks.IsVideo(path)
        && Path.GetFileName(path) is var name && (name.Contains("%d", StringComparison.Ordinal) || name.Contains("%0", StringComparison.Ordinal));

    /// <summary>Refuses options that no input could make good.</summary>
    /// <exception cref="UserErrorException">One is out of range, or two disagree.</exception>
    internal static void Check(ConvertOptions options)
    {
        if (options.OutputScale is < 1 or > 1000)
            throw new UserErrorException($"an output scale of {options.OutputScale} % is out of range; choose 1 to 1000");
        if (IsPattern(options.Output) && !ImageFile.HasImageExtension(options.Output))
            throw new UserErrorException($"'{options.Output}' names no image that can be written; use an extension such as .png or .jpg");
        if (options.DiscardFrames && options.Ranges is null)
            throw new UserErrorException("--discard-frames needs --frame-ranges, which say what to keep");
        if (options.SteadyStrength is not (>= 0.1 and <= 10))
            throw new UserErrorException($"a steadiness of {options.SteadyStrength.ToString(CultureInfo.InvariantCulture)} is out of range; choose 0.1 to 10");
        if (Path.GetFullPath(options.Input).TrimEnd('/') == Path.GetFullPath(Place(options.Output)).TrimEnd('/'))
            throw new UserErrorException($"input and output are both '{options.Input}'; choose another output");
        options.Blend.Create(MaskedOptions.LeastSide);
    }

    private AlignmentsFile? FindAlignments()
    {
        if (options.AlignmentsPath is not null)
            return AlignmentsFile.Load(options.AlignmentsPath);
        if (options.Detect)
            return null;
        return AlignmentsFile.FindBeside(options.Input) is { } beside ? AlignmentsFile.Load(beside) : null;
    }

    private IFrameSink OpenSink(IFrameSource source, string model, string direction)
    {
        VideoWriterOptions video = source is VideoReader reader
            ? VideoWriterOptions.For(reader)
            : new VideoWriterOptions { TimeBase = source.Info.TimeBase, FrameRate = source.Info.FrameRate };
        return FrameSinks.Create(output, video with
        {
            Codec = options.Codec,
            Crf = options.Crf,
            Preset = options.Preset,
            Gaps = options.DiscardFrames,
            Metadata = options.Provenance ? Provenance.Metadata(model, direction) : new Dictionary<string, string>(),
        });
    }
}
