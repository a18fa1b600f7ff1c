using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Train;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Pipeline.Swap;

/// <summary>A whole swap: whose face goes where, and how long to train.</summary>
public sealed record SwapOptions
{
    /// <summary>How the command gives the new face the old one's colors when nothing is said: the two clips of a swap are seldom lit alike.</summary>
    public const ColorAdjust StandardColor = ColorAdjust.Reinhard;

    /// <summary>How A is converted: its input shows A, whose face is replaced, its model folder is where the model is trained. Where its faces are is what the extraction found.</summary>
    public required ConvertOptions Conversion { get; init; }

    /// <summary>The video (or folder) that shows the face B that is put in.</summary>
    public required string InputB { get; init; }

    /// <summary>Folder for faces and alignments, kept so that a second run continues.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary><c>hog</c>, <c>cnn</c> or <c>all</c>; see <see cref="Faces.FaceDetectors"/>.</summary>
    public string Detector { get; init; } = "hog";

    /// <summary>Folder of weight files, searched before the user's data folder; null: that alone.</summary>
    public string? ModelsDirectory { get; init; }

    /// <summary>Where the networks that find and describe faces run; null: the processor.</summary>
    public Faces.FaceDevice? FaceDevice { get; init; }

    /// <summary>Model to train.</summary>
    public string Trainer { get; init; } = "Light";

    /// <summary>Samples a half-iteration; 0: the largest batch that fits into the device's memory.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Arithmetic of training: see <see cref="TrainOptions.Precision"/>. That of the conversion is <see cref="ConvertOptions.Precision"/>.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Arithmetic in which a new model begins: see <see cref="TrainOptions.NewPrecision"/>.</summary>
    public Precision? NewPrecision { get; init; } = Compute.Precision.Fp32;

    /// <summary>Time to train; null: no limit of time.</summary>
    public TimeSpan? TrainTime { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Iterations to train; 0: no limit of iterations.</summary>
    public long Iterations { get; init; }

    /// <summary>Train until the mean loss is at most this, as <see cref="TrainOptions.TargetLoss"/>; null: no such limit.</summary>
    public double? TargetLoss { get; init; }

    /// <summary>Seed of the training.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>At most about this many frames of each input are searched for faces, spread evenly.</summary>
    public int MaxExtractFrames { get; init; } = 1500;

    /// <summary>The work folder of an output when none is named: <c>OUTPUT.swap</c> beside it.</summary>
    public static string WorkDirectoryOf(string output) => Path.TrimEndingDirectorySeparator(ConvertWorkflow.Place(output)) + ".swap";
}

/// <summary>What each stage of a swap did.</summary>
public sealed record SwapSummary(ExtractSummary ExtractA, ExtractSummary ExtractB, TrainSummary Train, ConvertSummary Convert);

/// <summary>Extracts both inputs, trains, and converts A's video to B's face. What an earlier run with the same work folder left is
/// continued: extraction that was finished is not repeated, the model trains on.</summary>
public sealed class SwapWorkflow(SwapOptions options, IBackend trainBackend, Func<IBackend> convertBackend, Action<string>? warn = null,
    Action<string>? note = null)
{
    /// <summary>Runs the three stages.</summary>
    /// <exception cref="UserErrorException">An input or a choice cannot be used or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; the work folder keeps what was done.</exception>
    public SwapSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        // Now, not after the training.
        ConvertWorkflow.CheckOutput(options.Conversion);
        ConvertWorkflow.Check(options.Conversion);
        FilePlace.RequireOther(options.InputB, ConvertWorkflow.Place(options.Conversion.Output), "the other input");
        string work = Path.GetFullPath(options.WorkDirectory);
        foreach (string input in new[] { options.Conversion.Input, options.InputB })
        {
            if (!File.Exists(input) && !Directory.Exists(input))
                throw new UserErrorException($"the input '{input}' does not exist; give a video file or a folder of images");
        }
        RequireOwnFaces(options.Conversion.Input, work, AlignmentsOf("A", work));
        RequireOwnFaces(options.InputB, work, AlignmentsOf("B", work));
        TryOutput(cancellation);
        ExtractSummary a = Extract("A", options.Conversion.Input, work, progress, cancellation);
        ExtractSummary b = Extract("B", options.InputB, work, progress, cancellation);
        options.FaceDevice?.Release(); // training takes what memory there is
        TrainSummary train = new TrainWorkflow(new TrainOptions
        {
            InputA = a.OutputDirectory,
            InputB = b.OutputDirectory,
            ModelDirectory = options.Conversion.ModelDirectory,
            Trainer = options.Trainer,
            BatchSize = options.BatchSize,
            Precision = options.Precision,
            NewPrecision = options.NewPrecision,
            Seed = options.Seed,
            Iterations = options.Iterations,
            TimeLimit = options.TrainTime,
            TargetLoss = options.TargetLoss,
            PreviewPath = Path.Combine(work, "preview.png"),
            LossCurvePath = Path.Combine(work, "loss.png"),
            Stage = "train",
        }, trainBackend, warn, note).Run(progress, cancellation);
        cancellation.ThrowIfCancellationRequested();
        WarnOfHighLoss(train);
        using IBackend backend = convertBackend();
        ConvertSummary convert = new ConvertWorkflow(options.Conversion with
        {
            // The extraction looked at every n-th frame only, so its alignments do not cover the video unless n was 1.
            AlignmentsPath = a.EveryNth == 1 ? a.AlignmentsPath : null,
            Detect = a.EveryNth != 1,
            Detector = options.Detector,
            ModelsDirectory = options.ModelsDirectory,
            FaceDevice = options.FaceDevice,
            SegmentFrames = 0, // a second run trains on, so that no frame of this one would be of use to it
        }, backend, warn, note).Run(progress, cancellation);
        return new SwapSummary(a, b, train, convert);
    }

    private void WarnOfHighLoss(TrainSummary train)
    {
        double loss = (train.LossA + train.LossB) / 2;
        if (options.TargetLoss is { } target && !(loss <= target))
        {
            warn?.Invoke(FormattableString.Invariant($"the training ended at iteration {train.LastIteration} with a mean loss of {loss:0.0000}, above the ")
                + FormattableString.Invariant($"{target:0.0000} wanted, so the face is not good yet; run the same line again to train on, or give it more --train-time"));
        }
    }

    // A stretch, a folder or an encoder that cannot be had should not be found out after the training. Nothing stays of it.
    private void TryOutput(CancellationToken cancellation)
    {
        ConvertOptions conversion = options.Conversion;
        OutputLock.OnFrames(conversion.Output, "converts to").Dispose();
        using IFrameSource source = FrameSources.Open(conversion.Input,
            new VideoReaderOptions { StartSeconds = conversion.StartSeconds, DurationSeconds = conversion.DurationSeconds },
            new ImageFolderOptions { FrameRate = conversion.FrameRate ?? FrameRates.OfImages, SkipUnreadable = true });
        if (!FrameSinks.IsVideo(conversion.Output) || source.Read(cancellation) is not { } frame)
            return;
        using VideoWriter writer = VideoWriter.Create(conversion.Output, new VideoWriterOptions
        {
            TimeBase = source.Info.TimeBase,
            FrameRate = source.Info.FrameRate,
            Codec = conversion.Codec,
            Crf = conversion.Crf,
            Preset = conversion.Preset,
        });
        writer.Write(frame);
    }

    // Faces of another video in the folder would be trained as this one's person.
    private static void RequireOwnFaces(string input, string work, string alignments)
    {
        if (!File.Exists(alignments))
            return;
        AlignmentsFile before = AlignmentsFile.Load(alignments);
        using IFrameSource source = FrameSources.Open(input, new VideoReaderOptions { NameWithExtension = AlignmentsOwner.NamesExtension(before, input) },
            new ImageFolderOptions { SkipUnreadable = true });
        if (before.FrameCount > 0 && !AlignmentsOwner.Fits(before, source))
            throw new UserErrorException($"the work folder '{work}' holds faces of another input than '{input}' (frames named as {before.FrameNames.First()}); choose another --work-dir, or delete it");
    }

    private ExtractSummary Extract(string side, string input, string work, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        string alignments = AlignmentsOf(side, work);
        return new ExtractWorkflow(new ExtractOptions
        {
            Input = input,
            OutputDirectory = Path.Combine(work, "faces_" + side),
            AlignmentsPath = alignments,
            MaxFrames = options.MaxExtractFrames,
            Detector = options.Detector,
            ModelsDirectory = options.ModelsDirectory,
            FaceDevice = options.FaceDevice,
            SkipExisting = true,
            Stage = "extract " + side,
        }, warn).Run(progress, cancellation);
    }

    private static string AlignmentsOf(string side, string work) => Path.Combine(work, $"faces_{side}_alignments.json");
}
