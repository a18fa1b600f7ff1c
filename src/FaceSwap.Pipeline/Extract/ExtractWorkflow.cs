using System.Collections.Concurrent;
using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Extract;

/// <summary>
/// Finds the faces of a video or folder, writes aligned crops named <c>STEM_INDEX.png</c> and the alignments file. One thread decodes, several
/// workers detect, align and write crops; results are gathered in the order of the frames through a bounded queue.
/// </summary>
public sealed class ExtractWorkflow(ExtractOptions options, Action<string>? warn = null)
{
    /// <summary>The sub-folder of blurred faces.</summary>
    public const string BlurryFolder = "blurry";

    // Frames under way, with what their search takes besides. A frame that fills it is searched alone.
    private const long FrameBytes = 512L << 20;

    private sealed class Job(Frame frame, FrameBudget budget, long charge) : IDisposable
    {
        public Frame Frame { get; } = frame;

        public ExtractedFaces Result { get; set; } = ExtractedFaces.None;

        public ManualResetEventSlim Done { get; } = new();

        /// <summary>Whether it is searched alone.</summary>
        public bool IsHuge => charge == budget.Bytes;

        public void Dispose()
        {
            Frame.Dispose();
            budget.Return(charge);
            Done.Dispose();
        }
    }

    /// <summary>Runs the extraction. A run that is stopped keeps the crops and alignments made so far.</summary>
    /// <exception cref="UserErrorException">The input or an option cannot be used, no face is taken, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; what was done is saved.</exception>
    public ExtractSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        if (options.EveryNth < 1)
            throw new UserErrorException("--every must be at least 1");
        OutputNames.RequireFolder(options.OutputDirectory, "aligned faces go into a folder");
        RequireOtherFolder();
        string alignmentsPath = ExtractRecord.PathOf(options);
        OutputFile.Require(alignmentsPath, "the alignments", "--alignments", options.Input);
        bool goesOn = options.SkipExisting || options.SkipExistingFaces;
        AlignmentsFile? Earlier() => goesOn && File.Exists(alignmentsPath) ? ExtractRecord.LoadEarlier(alignmentsPath) : null;
        using IFrameSource source = FrameSources.Open(options.Input, new VideoReaderOptions { NameWithExtension = AlignmentsOwner.NamesExtension(Earlier(), options.Input) },
            new ImageFolderOptions { SkipUnreadable = true });
        CropNames names = source is ImageFolderReader images ? new CropNames(images.Files.Select(f => Path.GetFileName(f))) : CropNames.Distinct;
        using LandmarkModel landmarks = LandmarkModel.Load();
        FaceDetectors detectors = new(options.Detector, options.ModelsDirectory, options.FaceDevice);
        IdentityFilter? filter = IdentityFilter.Open(options, landmarks, detectors);
        if (FaceRemoval.Recover(alignmentsPath, options.OutputDirectory) is { } said)
            warn?.Invoke(said);
        using OutputLock crops = OutputLock.OnNewFolder(options.OutputDirectory, "extracts into");
        using OutputLock file = OutputLock.OnFile(alignmentsPath, "changes the alignments file", "--alignments");
        CreateOutput();
        // Now, not when all frames are searched.
        bool first = !File.Exists(alignmentsPath);
        if (!goesOn)
            AlignmentsFile.RequireReplaceable(alignmentsPath, "--alignments");
        OutputFile.Try(alignmentsPath, "the alignments", "--alignments");
        // Once more, for another job may have changed it until it was held.
        AlignmentsFile? before = Earlier();
        LeftoverImages leftovers = LeftoverImages.List(options.OutputDirectory);
        ExtractRecord record = new(options, alignmentsPath, before);
        foreach (string frame in before?.FrameNames ?? [])
        {
            for (int i = 0; i < before!.Find(frame)!.Count; i++)
                leftovers.Own(names.Of(frame, i) + ".png");
        }
        FrameBudget budget = new(FrameBytes, atOnce: 1);

        int step = options.EveryNth;
        if (options.MaxFrames > 0 && source.Info.FrameCount > options.MaxFrames)
            step = Math.Max(step, (int)((source.Info.FrameCount + options.MaxFrames - 1) / options.MaxFrames));
        long skipped = 0;
        int workers = options.Processes > 0 ? options.Processes : Environment.ProcessorCount;
        ProgressMeter meter = new(progress, options.Stage, "frames", source.Info.FrameCount / step);
        BlockingCollection<Job> waiting = new(workers * 2), ordered = new(workers * 4);
        List<Job> abandoned = [];
        using StageGroup stages = new(cancellation);
        try
        {
            stages.Start("extract: decode", () => skipped = Decode(source, step, record, budget, waiting, ordered, stages.Token));
            for (int i = 0; i < workers; i++)
                stages.Start("extract: detect", () => Detect(() => new FaceExtractor(options, landmarks, detectors, filter, names, leftovers), waiting, stages.Token));
            stages.Start("extract: gather", () =>
            {
                foreach (Job job in ordered.GetConsumingEnumerable(stages.Token))
                {
                    // A stop while a worker still reads the frame: it is freed when all threads have ended.
                    abandoned.Add(job);
                    job.Done.Wait(stages.Token);
                    abandoned.Clear();
                    using (job)
                        record.Add(job.Frame.Name, job.Result);
                    meter.Report(record.Frames, () => $"{record.Faces} faces");
                    record.SaveNowAndThen();
                }
            });
            stages.Join();
        }
        catch
        {
            stages.Stop();
            record.SaveWhatIsDone();
            throw;
        }
        finally
        {
            stages.Stop();
            foreach (Job job in ordered.Concat(abandoned))
                job.Dispose();
        }
        meter.Report(record.Frames, () => $"{record.Faces} faces", final: true);
        ExtractSummary summary = record.Finish(clock.Elapsed);
        foreach (string warning in source.Warnings.Concat(leftovers.Warnings))
            warn?.Invoke(warning);
        // Two inputs of one name in different folders name their faces alike.
        if (first && leftovers.Replaced > 0)
            warn?.Invoke($"pictures in '{options.OutputDirectory}' ({leftovers.Replaced}) were replaced by faces of the same names, though '{options.Input}' had no alignments before; extract every input into a folder of its own");
        return summary with { EveryNth = step, FramesSkipped = skipped };
    }

    private static long Decode(IFrameSource source, int step, ExtractRecord record, FrameBudget budget, BlockingCollection<Job> waiting, BlockingCollection<Job> ordered, CancellationToken stop)
    {
        long skipped = 0;
        while (source.Read(stop) is { } frame)
        {
            bool due = frame.Index % step == 0, known = due && record.IsDone(frame.Name);
            if (!due || known)
            {
                skipped += known ? 1 : 0;
                frame.Dispose();
                continue;
            }
            // Grey, its pyramid and what detectors make of it take about as much again as a frame in BGR.
            long charge = budget.Charge(2 * FrameLayout.Bytes(frame.Width, frame.Height, PixelFormat.Bgr24));
            try
            {
                budget.Take(charge, stop);
            }
            catch (OperationCanceledException)
            {
                frame.Dispose();
                throw;
            }
            Job job = new(frame, budget, charge);
            try
            {
                ordered.Add(job, stop);
            }
            catch (OperationCanceledException)
            {
                job.Dispose(); // no other thread has seen it
                throw;
            }
            waiting.Add(job, stop);
        }
        waiting.CompleteAdding();
        ordered.CompleteAdding();
        return skipped;
    }

    private static void Detect(Func<FaceExtractor> open, BlockingCollection<Job> waiting, CancellationToken stop)
    {
        FaceExtractor? extractor = null;
        try
        {
            foreach (Job job in waiting.GetConsumingEnumerable(stop))
            {
                extractor ??= open();
                job.Result = extractor.Extract(job.Frame);
                if (job.IsHuge)
                {
                    // Detectors keep the buffers of the largest frame they saw: every worker would hold gigabytes after it.
                    extractor.Dispose();
                    extractor = null;
                }
                job.Done.Set();
            }
        }
        finally
        {
            extractor?.Dispose();
        }
    }

    // Crops among the frames would be taken for frames, and might replace some.
    private void RequireOtherFolder()
    {
        string blurry = Path.Combine(options.OutputDirectory, BlurryFolder);
        foreach (string folder in options.BlurThreshold is null ? [options.OutputDirectory] : new[] { options.OutputDirectory, blurry })
            FilePlace.RequireOther(options.Input, folder);
        if (options.BlurThreshold is not null && FilePlace.Same(options.OutputDirectory, blurry))
            throw new UserErrorException($"'{blurry}' leads back to '{options.OutputDirectory}'; remove that link or choose another --output-dir");
    }

    private void CreateOutput()
    {
        string directory = options.BlurThreshold is null ? options.OutputDirectory : Path.Combine(options.OutputDirectory, BlurryFolder);
        try
        {
            Directory.CreateDirectory(directory);
            TemporaryFile.SweepFolder(options.OutputDirectory);
            TemporaryFile.SweepFolder(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the output folder '{directory}' cannot be made ({e.Message}); choose a writable folder", e);
        }
    }
}
