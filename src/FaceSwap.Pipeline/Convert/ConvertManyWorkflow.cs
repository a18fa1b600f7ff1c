using System.Diagnostics;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What became of one input among several.</summary>
/// <param name="Input">The file or folder.</param>
/// <param name="Output">Its output.</param>
/// <param name="Summary">What was done; null when it failed.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
public sealed record ConvertFileResult(string Input, string Output, ConvertSummary? Summary, Exception? Failure);

/// <summary>What a conversion of several inputs did.</summary>
/// <param name="Files">Each input, in order.</param>
/// <param name="Whole">The sums of those that did not fail, and what the stages did for all.</param>
public sealed record ConvertManySummary(IReadOnlyList<ConvertFileResult> Files, ConvertSummary Whole)
{
    /// <summary>Those that failed.</summary>
    public IEnumerable<ConvertFileResult> Failed => Files.Where(f => f.Failure is not null);
}

/// <summary>
/// Converts several inputs with one trained model, loaded once: while one is encoded to its end, the next one is decoded already. An input that cannot be read or
/// an output that cannot be written is given up, and the rest go on.
/// </summary>
/// <param name="options">What holds for all inputs; <see cref="ConvertOptions.Input"/> and <see cref="ConvertOptions.Output"/> of it are not used.</param>
/// <param name="files">The inputs with their outputs.</param>
/// <param name="backend">Where the network runs.</param>
/// <param name="warn">Takes sentences about what could not be done.</param>
/// <param name="note">Takes what was chosen.</param>
public sealed class ConvertManyWorkflow(ConvertOptions options, IReadOnlyList<ConvertFile> files, IBackend backend, Action<string>? warn = null,
    Action<string>? note = null)
{
    /// <summary>Runs the conversion.</summary>
    /// <exception cref="UserErrorException">The options do not fit together or the model cannot be used: nothing was begun.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; inputs that were done stay, nothing else stands under an output's name.</exception>
    public ConvertManySummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        if (options.AlignmentsPath is not null || options.AlignedDirectory is not null)
            throw new UserErrorException("--alignments and --input-aligned-dir are those of one input; with several, each takes the alignments beside it");
        ConvertOptions chosen = options;
        using IDeviceFrames? frames = ConvertFrames.Open(ref chosen, backend, note);
        List<ConvertItem> items = [];
        try
        {
            foreach (ConvertFile file in files)
                items.Add(new ConvertItem(chosen with { Input = file.Input, Output = file.Output, RememberFinished = true }, frames, sentence => warn?.Invoke($"{file.Input}: {sentence}"), note));
            int over = 0;
            // Frames of inputs may differ in size.
            FrameSourceInfo anySize = new("", 0, 0, default, default, 0, 0, true);
            using ConvertRun run = new(chosen, backend, frames, items, anySize, warn, note, _ => Interlocked.Increment(ref over));
            ManyProgress total = new(items);
            ProgressMeter meter = new(progress, options.Stage, "frames", 0);
            string Detail()
            {
                int now = Math.Min(Volatile.Read(ref over), items.Count - 1);
                return $"file {now + 1} of {items.Count} ({Path.GetFileName(Path.TrimEndingDirectorySeparator(items[now].Input))}), {run.Pipeline.Faces} faces";
            }
            run.Pipeline.Run(frames =>
            {
                options.FrameWritten?.Invoke(frames);
                meter.Total = options.DiscardFrames ? 0 : total.Estimate();
                meter.Report(frames, Detail);
            }, cancellation);
            meter.Report(run.Pipeline.Frames, Detail, final: true);
            ConvertFileResult[] results = [.. items.Select(i => new ConvertFileResult(i.Input, i.Output, i.Summary, i.Clip.Failure))];
            return new ConvertManySummary(results, run.Describe(Sum([.. results.Select(r => r.Summary).OfType<ConvertSummary>()], clock.Elapsed)));
        }
        finally
        {
            foreach (ConvertItem item in items)
                item.Dispose();
        }
    }

    private static ConvertSummary Sum(IReadOnlyList<ConvertSummary> all, TimeSpan elapsed)
    {
        Jitter[] jitters = [.. all.Select(s => s.Jitter).OfType<Jitter>()];
        long samples = jitters.Sum(j => j.Samples);
        return new ConvertSummary(all.Sum(s => s.Frames), all.Sum(s => s.FacesConverted), all.Sum(s => s.FramesWithoutFace), "", elapsed)
        {
            FramesUnselected = all.Sum(s => s.FramesUnselected),
            FramesDiscarded = all.Sum(s => s.FramesDiscarded),
            FramesResumed = all.Sum(s => s.FramesResumed),
            Identities = all.Sum(s => s.Identities),
            Jitter = samples == 0 ? null : new Jitter(jitters.Sum(j => j.Before * j.Samples) / samples, jitters.Sum(j => j.After * j.Samples) / samples, samples),
        };
    }
}

/// <summary>How many frames several inputs have: those that were opened say so, the others are judged by the size of their files.</summary>
internal sealed class ManyProgress
{
    private readonly IReadOnlyList<ConvertItem> items;
    private readonly long[] bytes;

    public ManyProgress(IReadOnlyList<ConvertItem> items)
    {
        this.items = items;
        bytes = [.. items.Select(i => Bytes(i.Input))];
    }

    /// <summary>Frames of all inputs; 0 when nothing can be said.</summary>
    public long Estimate()
    {
        long frames = 0, known = 0, unknown = 0;
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Clip.Failed)
                frames += items[i].Clip.FramesWritten;
            else if (items[i].SourceInfo is null)
                unknown += bytes[i];
            else if (items[i].FrameCount is > 0 and long count)
                (frames, known) = (frames + count, known + bytes[i]);
            else
                return 0;
        }
        return known > 0 ? frames + (long)((double)frames / known * unknown) : 0;
    }

    private static long Bytes(string path)
    {
        try
        {
            return Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles().Sum(f => f.Length) : new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
