using System.Collections.Concurrent;
using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
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
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(5);

    private sealed class Job(Frame frame) : IDisposable
    {
        public Frame Frame { get; } = frame;

        public FaceRecord[] Faces { get; set; } = [];

        public ManualResetEventSlim Done { get; } = new();

        public void Dispose()
        {
            Frame.Dispose();
            Done.Dispose();
        }
    }

    /// <summary>Runs the extraction. A cancelled run keeps the crops and alignments made so far.</summary>
    /// <exception cref="UserErrorException">The input cannot be read, holds no face, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; what was done is saved.</exception>
    public ExtractSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        if (options.EveryNth < 1)
            throw new UserErrorException("--every-nth must be at least 1");
        string alignmentsPath = options.AlignmentsPath ?? AlignmentsFile.DefaultPath(options.Input);
        using IFrameSource source = FrameSources.Open(options.Input);
        using LandmarkModel landmarks = LandmarkModel.Load();
        FaceDetectors detectors = new(options.Detector, options.ModelsDirectory);
        CreateOutput(options.OutputDirectory);
        AlignmentsFile alignments = options.SkipExisting && File.Exists(alignmentsPath) ? AlignmentsFile.Load(alignmentsPath) : new AlignmentsFile();

        long frames = 0, faces = 0, empty = 0;
        int step = options.EveryNth;
        if (options.MaxFrames > 0 && source.Info.FrameCount > options.MaxFrames)
            step = Math.Max(step, (int)((source.Info.FrameCount + options.MaxFrames - 1) / options.MaxFrames));
        long total = source.Info.FrameCount / step;
        int workers = options.Processes > 0 ? options.Processes : Environment.ProcessorCount;
        ProgressMeter meter = new(progress, options.Stage, "frames", total);
        Stopwatch sinceSave = Stopwatch.StartNew();
        TimeSpan saveCost = TimeSpan.Zero;
        BlockingCollection<Job> waiting = new(workers * 2), ordered = new(workers * 4);
        List<Job> abandoned = [];
        using StageGroup stages = new(cancellation);
        try
        {
            stages.Start("extract: decode", () => Decode(source, step, alignments, waiting, ordered, stages.Token));
            for (int i = 0; i < workers; i++)
                stages.Start("extract: detect", () => Detect(landmarks, detectors, waiting, stages.Token));
            stages.Start("extract: gather", () =>
            {
                foreach (Job job in ordered.GetConsumingEnumerable(stages.Token))
                {
                    // A stop while a worker still reads the frame: it is freed when all threads have ended.
                    abandoned.Add(job);
                    job.Done.Wait(stages.Token);
                    abandoned.Clear();
                    using (job)
                    {
                        lock (alignments)
                            alignments.Set(job.Frame.Name, job.Faces);
                        frames++;
                        faces += job.Faces.Length;
                        empty += job.Faces.Length == 0 ? 1 : 0;
                    }
                    meter.Report(frames, () => $"{faces} faces");
                    // A long video's file takes a while to write: never spend more than a twentieth of the time on it. Nothing is written for no face.
                    if (alignments.FaceCount > 0 && sinceSave.Elapsed > SaveEvery && sinceSave.Elapsed > 20 * saveCost)
                    {
                        TimeSpan before = clock.Elapsed;
                        alignments.Save(alignmentsPath);
                        saveCost = clock.Elapsed - before;
                        sinceSave.Restart();
                    }
                }
            });
            stages.Join();
        }
        catch (OperationCanceledException) when (frames > 0)
        {
            alignments.Save(alignmentsPath);
            throw;
        }
        finally
        {
            stages.Stop();
            foreach (Job job in ordered.Concat(abandoned))
                job.Dispose();
        }
        meter.Report(frames, () => $"{faces} faces", final: true);
        foreach (string warning in source.Warnings)
            warn?.Invoke(warning);
        if (alignments.FaceCount == 0)
            throw new UserErrorException($"no face was found in '{options.Input}' ({frames} frames); use footage in which faces are upright, frontal and at least 80 pixels wide");
        alignments.Save(alignmentsPath);
        return new ExtractSummary(frames, faces, empty, alignmentsPath, options.OutputDirectory, clock.Elapsed) { EveryNth = step };
    }

    private void Decode(IFrameSource source, int step, AlignmentsFile alignments, BlockingCollection<Job> waiting, BlockingCollection<Job> ordered, CancellationToken stop)
    {
        while (source.Read(stop) is { } frame)
        {
            bool known = false;
            if (options.SkipExisting)
            {
                lock (alignments)
                    known = alignments.Find(frame.Name) is not null;
            }
            if (known || frame.Index % step != 0)
            {
                frame.Dispose();
                continue;
            }
            Job job = new(frame);
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
    }

    private void Detect(LandmarkModel landmarks, FaceDetectors detectors, BlockingCollection<Job> waiting, CancellationToken stop)
    {
        using FaceFinder finder = new(landmarks, detectors.Create());
        int padding = options.Size * FaceAlignment.ExtractPadding / FaceAlignment.ExtractSide;
        foreach (Job job in waiting.GetConsumingEnumerable(stop))
        {
            job.Faces = finder.Find(job.Frame);
            for (int i = 0; i < job.Faces.Length; i++)
            {
                Affine matrix = FaceAlignment.IntoSquare(FaceAlignment.Align(job.Faces[i].Landmarks()), options.Size, padding);
                using PooledFrame crop = FaceCrop.Extract(job.Frame, matrix, options.Size);
                string stem = Path.GetFileNameWithoutExtension(job.Frame.Name);
                ImageFile.Write(Path.Combine(options.OutputDirectory, $"{stem}_{i}.png"), crop);
            }
            job.Done.Set();
        }
    }

    private static void CreateOutput(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the output folder '{directory}' cannot be made ({e.Message}); choose a writable folder", e);
        }
    }
}
