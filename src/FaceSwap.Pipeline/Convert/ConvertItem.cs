using System.Diagnostics;
using System.Globalization;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Pipeline.Track;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Pipeline.Convert;

/// <summary>One input of a conversion and its output: checks what was asked for, opens both, and says what was done.</summary>
internal sealed class ConvertItem : IDisposable
{
    private readonly ConvertOptions options;
    private readonly IDeviceFrames? frames;
    private readonly Action<string>? warn, note;
    private readonly FileNamePattern? pattern;
    private readonly string output;
    private readonly Stopwatch clock = new();
    private readonly HashSet<string> said = [];
    private SwapNetwork? network;
    private AlignmentsFile? alignments;
    private string? alignmentsPath;
    private IFrameSource? source;
    private IFrameSink? sink;
    private SteadyFaces? steady;
    private KeptOutput? unfinished;
    private long resumed;
    private VideoSignal? signal; // of the input's beginning, the same whether or not the work goes on in its middle
    private KeptSink? keptSink;
    private SegmentJournal? journal;
    private OutputLock? held;
    private IReadOnlyList<KeyValuePair<string, string>>? identity;

    /// <param name="options">With this item's input and output.</param>
    /// <param name="frames">The device that frames go to; null: the host.</param>
    /// <param name="warn">Takes sentences about what could not be done.</param>
    /// <param name="note">Takes what was chosen.</param>
    /// <exception cref="UserErrorException">The options do not fit together.</exception>
    public ConvertItem(ConvertOptions options, IDeviceFrames? frames, Action<string>? warn, Action<string>? note)
    {
        (this.options, this.frames, this.warn, this.note) = (options, frames, warn, note);
        ConvertWorkflow.Check(options);
        pattern = ConvertWorkflow.IsPattern(options.Output) ? new FileNamePattern(Path.GetFileName(options.Output)) : null;
        output = ConvertWorkflow.Place(options.Output);
        Clip = new Clip(options.Input, Open) { BeforeComplete = Check, AfterComplete = Finish };
    }

    /// <summary>What the pipeline converts.</summary>
    public Clip Clip { get; }

    /// <summary>The file or folder.</summary>
    public string Input => options.Input;

    /// <summary>The file, folder or pattern.</summary>
    public string Output => options.Output;

    /// <summary>Frames that are to be converted, as far as is known; 0: unknown.</summary>
    public long FrameCount => source is null || options.DiscardFrames ? 0 : Math.Max(source.Info.FrameCount - resumed, 0);

    /// <summary>The source, once it is open.</summary>
    public FrameSourceInfo? SourceInfo => source?.Info;

    /// <summary>Whether its faces are searched for, as far as is known.</summary>
    public bool Searches => source is not null && alignments is null;

    /// <summary>Whether its faces are known from an alignments file.</summary>
    public bool IsAligned => alignments is not null;

    /// <summary>What was done; null until the output is complete.</summary>
    public ConvertSummary? Summary { get; private set; }

    /// <summary>The precision of what is kept of the output and is to be gone on with; null: there is nothing.</summary>
    public Precision? UnfinishedPrecision
    {
        get
        {
            if (options.Unfinished != UnfinishedWork.Resume || options.SegmentFrames == 0)
                return null;
            try
            {
                unfinished ??= Kept();
                return ConvertIdentity.Precision(unfinished.BegunWith(ConvertIdentity.PrecisionName));
            }
            catch (UserErrorException)
            {
                // Said when the input is opened.
                return null;
            }
        }
    }

    /// <summary>The precision of an output that an earlier run finished; null: there is none.</summary>
    public Precision? FinishedPrecision => options.Unfinished == UnfinishedWork.Resume ? ConvertIdentity.Precision(FinishedOutput.PrecisionOf(output)) : null;

    /// <summary>Opens the input and reads its alignments, before anything else is loaded.</summary>
    /// <exception cref="UserErrorException">They cannot be used.</exception>
    public void OpenSource()
    {
        if (source is not null)
            return;
        clock.Start();
        if (options.SegmentFrames > 0)
            unfinished ??= Kept();
        if (options.Unfinished == UnfinishedWork.Resume)
            resumed = unfinished?.FramesKept ?? 0;
        alignmentsPath = options.AlignmentsPath ?? (options.Detect ? null : AlignmentsFile.FindBeside(options.Input));
        if (options.AlignedDirectory is { } crops && FaceRemoval.Recover(alignmentsPath, crops) is { } said)
            note?.Invoke(said);
        alignments = alignmentsPath is null ? null : AlignmentsFile.Load(alignmentsPath);
        source = OpenSource(null);
        signal = (source as VideoReader)?.Video.Signal;
        if (options.FrameRate is not null && source.Info.IsVideo)
            warn?.Invoke($"'{options.Input}' is a video and keeps its own times; --fps is for folders of images");
        if (alignments is not null)
            AlignmentsOwner.Require(alignments, alignmentsPath!, source, options.Input);
        if (source is VideoReader { Video.DeviceRefusal: { } refusal })
            (options.Hardware == VideoHardware.Device ? warn : note)?.Invoke($"'{options.Input}' is decoded on the processor: {refusal}");
    }

    /// <summary>Gives it the network, whose name the output carries.</summary>
    public void Use(SwapNetwork loaded)
    {
        network = loaded;
        if (options.Unfinished != UnfinishedWork.Resume)
            return;
        try
        {
            if (FinishedOutput.Find(output, KeptOutput.Identity(Identity(default)), default) is { } done)
                Summary = new ConvertSummary(done.Frames, done.Faces, done.Frames - done.FramesAltered, options.Output, TimeSpan.Zero) { FramesResumed = done.Frames };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UserErrorException)
        {
            // What is wrong with the input is said when it is opened.
        }
    }

    /// <summary>Whether an earlier run had finished the output: the clip need not be converted.</summary>
    public bool IsFinished => Summary is not null;

    public void Dispose()
    {
        Clip.Dispose();
        source?.Dispose();
        if (!IsFinished && unfinished?.FramesKept is > 0 and long frames && keptSink is not null)
            warn?.Invoke($"'{options.Output}' is not finished; its first {frames} frames are kept, and the same command with --resume goes on after them");
        unfinished?.Dispose();
        held?.Dispose();
    }

    private KeptOutput Kept() => new(options.Output, FrameSinks.IsVideo(output), options.Unfinished);

    private IFrameSource OpenSource(FramePosition? from) => FrameSources.Open(options.Input, new VideoReaderOptions
    {
        StartSeconds = options.StartSeconds,
        DurationSeconds = options.DurationSeconds,
        NameFromBeginning = alignments is not null || options.Ranges is not null,
        NameWithExtension = AlignmentsOwner.NamesExtension(alignments, options.Input),
        From = from,
        Device = frames,
        Decoding = options.Hardware == VideoHardware.Upload ? DeviceDecoding.Upload : DeviceDecoding.OnDevice,
    }, new ImageFolderOptions { FrameRate = options.FrameRate ?? FrameRates.OfImages, Skip = from?.Index ?? 0, SkipUnreadable = true, KeepFiles = true });

    private bool Holds => options.Steady ?? source?.Info.IsVideo ?? !Directory.Exists(options.Input);

    private int Stretch => options.DetectEvery ?? (source?.Info.IsVideo ?? !Directory.Exists(options.Input) ? TrackedFinder.DefaultStretch : 1);

    private IReadOnlyList<KeyValuePair<string, string>> Identity(CancellationToken cancellation) =>
        identity ??= ConvertIdentity.Describe(options, network!, Stretch, Holds, cancellation);

    private string Direction => options.SwapModel ? "B to A" : "A to B";

    private ClipParts Open(CancellationToken cancellation)
    {
        OpenSource();
        if (options.Sink is null)
            held = OutputLock.OnFrames(output, "converts to");
        AlignedFolder? left = options.AlignedDirectory is not { } aligned ? null : AlignedFolder.Open(aligned, alignments ?? throw new UserErrorException(
            "--input-aligned-dir needs the alignments that the faces were extracted with; give --alignments, without --detect"));
        SegmentRecord? before = unfinished is null ? null : Recover(cancellation);
        bool video = source!.Info.IsVideo;
        steady = Holds || video ? new SteadyFaces(options.SteadyStrength, Holds) : null;
        IFrameSink target = OpenSink(source);
        sink = new FittedSink(target, options.OutputScale / 100.0, pattern, byPlace: !options.DiscardFrames);
        // What becomes of the other streams is known before the work begins.
        Say(sink.Warnings);
        return new ClipParts(source, sink, alignments, new ConvertChoices
        {
            Steady = steady,
            Stretch = Stretch,
            EmptyStretch = options.DetectEvery ?? SwapResources.EmptyStretch(Stretch),
            Ranges = options.Ranges,
            Discard = options.DiscardFrames,
            OnGap = !video ? null : target is VideoWriter writer ? writer.LeaveOut : target is KeptVideoSink segments ? segments.LeaveOut : null,
            SegmentFrames = keptSink is null ? 0 : options.SegmentFrames,
            ResumeFrom = before?.Next,
            Kept = left,
            ByBoxes = options.Blend.Converter == ConverterKind.Adjust,
        });
    }

    // Opens the journal, and the source where an earlier run had come to.
    private SegmentRecord? Recover(CancellationToken cancellation)
    {
        bool video = FrameSinks.IsVideo(output);
        journal = unfinished!.Prepare(Identity(cancellation), (kept, record) => CanFollow(record.Next)
            && (video ? KeptVideoSink.IsWhole(kept, record) : KeptImageSink.IsWhole(output, record)), warn);
        resumed = 0;
        if (journal.Finished.Count == 0)
            return null;
        source!.Dispose();
        while (journal.Finished.Count > 0)
        {
            SegmentRecord last = journal.Finished[^1];
            try
            {
                source = OpenSource(new FramePosition(last.Next.SourceIndex, last.Next.SourcePts, last.NamesBefore));
                resumed = last.Next.FramesWritten;
                return last;
            }
            catch (FramePositionException)
            {
                // The input is what it was, so it is the journal that is not.
                journal.Keep(journal.Finished.Count - 1);
                warn?.Invoke($"what is kept of '{output}' tells of a frame that '{options.Input}' does not have; "
                    + $"the conversion goes on before it, at frame {journal.Finished.Sum(r => r.Frames)}");
            }
        }
        source = OpenSource(null);
        return null;
    }

    // A video's frame is looked for when it is opened there.
    private bool CanFollow(SegmentStart next) => ConvertState.IsSound(next) && (source!.Info.IsVideo || next.SourceIndex < source.Info.FrameCount);

    private void Check(Clip clip)
    {
        if (WhyNothing(clip.FramesWritten, clip.Counts) is not { } reason)
            return;
        // Every frame is as it was: to go on after them would lead here again.
        keptSink?.Discard();
        keptSink = null;
        throw new UserErrorException(reason);
    }

    private string? WhyNothing(long written, ClipCounts counts)
    {
        if (written == 0)
            return $"'{options.Input}' gave no frame to convert; check the file, --frame-ranges, --start and --duration";
        if (options.Ranges is not null && written == counts.Unselected)
            return $"none of the {written} frames of '{options.Input}' is in the ranges {options.Ranges}; frames are numbered as in their names";
        if (counts.NotAligned > 0 && counts.NotAligned == counts.Frames - counts.Unselected)
        {
            return $"none of the {counts.NotAligned} frames of '{options.Input}' that were to be converted is in the alignments file '{alignmentsPath}'; "
                + "extract the faces of those frames, or use --detect to find them on the way";
        }
        return null;
    }

    private void Finish(Clip clip)
    {
        ClipCounts counts = clip.Counts;
        if (counts.NotAligned > 0)
            warn?.Invoke($"{counts.NotAligned} of {counts.Frames} frames are not in the alignments file and stayed as they were; extract every frame, or use --detect to find faces on the way");
        if (counts.Rotated > 0)
            warn?.Invoke($"{counts.Rotated} faces were found in rotated frames and stayed as they were; --converter Adjust takes upright faces only, Masked takes all");
        if (counts.Unusable > 0)
            warn?.Invoke($"{counts.Unusable} faces have landmarks all in one place or outside their frame and were left out; check that the alignments are those of this input");
        Say(source!.Warnings.Concat(sink!.Warnings));
        if (source is ImageFolderReader images && FrameSinks.IsVideo(output))
            TellLosses(images);
        if (source is VideoReader shown && options.Sink is null && !FrameSinks.IsVideo(output))
            Say(ImagesOfVideo.Losses(options.Input, shown.Video));
        long altered = counts.Frames - counts.WithoutFace - counts.Unselected;
        if (options.Provenance)
        {
            Provenance.Write(output, new ProvenanceRecord(Provenance.Statement, Provenance.Tool, DateTime.UtcNow, Provenance.Describe(options.Input, clip.Token),
                Provenance.Describe(output, clip.Token), network!.Describe(Direction), counts.Frames,
                altered, counts.Faces, Settings()));
        }
        else if (options.RememberFinished)
        {
            new FinishedOutput(KeptOutput.Identity(Identity(clip.Token)), Provenance.Describe(output, clip.Token), counts.Frames, altered, counts.Faces,
                network!.Precision.ToString()).Write(output);
        }
        keptSink?.Forget();
        Summary = new ConvertSummary(counts.Frames, counts.Faces, counts.WithoutFace, options.Output, clock.Elapsed)
        {
            FramesResumed = resumed,
            FramesUnselected = counts.Unselected,
            FramesDiscarded = counts.Discarded,
            DeletedFaces = counts.Deleted,
            Identities = steady?.Identities ?? 0,
            Jitter = steady is { Holds: true } ? new Jitter(steady.JitterBefore, steady.JitterAfter, steady.Samples) : null,
        };
    }

    private void Say(IEnumerable<string> warnings)
    {
        foreach (string warning in warnings)
        {
            if (said.Add(warning))
                warn?.Invoke(warning);
        }
    }

    private void TellLosses(ImageFolderReader images)
    {
        if (images.WithAlpha > 0)
            warn?.Invoke($"{images.WithAlpha} images of '{options.Input}' have transparency (alpha), which the video does not keep; convert into a folder of images to keep it");
        if (images.Deep > 0)
            warn?.Invoke($"{images.Deep} images of '{options.Input}' have 16 bits a sample, which are read with 8 for a video; convert into a folder of .png or .tif images to keep them");
    }

    private Dictionary<string, string> Settings()
    {
        Dictionary<string, string> settings = options.Blend.Settings();
        settings["steady"] = steady is { Holds: true } ? options.SteadyStrength.ToString(CultureInfo.InvariantCulture) : "no";
        settings[FinishedOutput.PrecisionSetting] = network!.Precision.ToString();
        settings[FinishedOutput.Setting] = KeptOutput.Identity(Identity(default));
        return settings;
    }

    private IFrameSink OpenSink(IFrameSource from)
    {
        if (options.Sink is { } other)
            return other(from);
        VideoWriterOptions video = from is VideoReader reader
            ? VideoWriterOptions.For(reader)
            : new VideoWriterOptions { TimeBase = from.Info.TimeBase, FrameRate = from.Info.FrameRate };
        video = video with
        {
            Device = frames,
            Signal = signal,
            Codec = options.Codec,
            Crf = options.Crf,
            Preset = options.Preset,
            Gaps = options.DiscardFrames,
            Metadata = options.Provenance ? Provenance.Metadata(network!.ModelName, Direction) : new Dictionary<string, string>(),
        };
        if (journal is null)
            return FrameSinks.Create(output, video);
        Func<long>? names = from is VideoReader named ? () => named.NamesBefore : null;
        return keptSink = FrameSinks.IsVideo(output)
            ? new KeptVideoSink(journal, output, video) { NamesBefore = names }
            : new KeptImageSink(journal, ImageFolderWriter.Create(output)) { NamesBefore = names };
    }
}
