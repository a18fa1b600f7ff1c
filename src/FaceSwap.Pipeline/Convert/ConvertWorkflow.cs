using System.Diagnostics;
using System.Globalization;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// Converts a video or folder with a trained model: faces are put back on planar YUV (video) or BGR (images), in one bounded pass. Pixels
/// outside the mask leave as they were decoded; sound, subtitles, timestamps and metadata are carried over.
/// </summary>
public sealed class ConvertWorkflow(ConvertOptions options, IBackend backend, Action<string>? warn = null, Action<string>? note = null)
{
    /// <summary>Runs the conversion.</summary>
    /// <exception cref="UserErrorException">Input, model or output cannot be used; nothing stands under the output's name.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing stands under the output's name.</exception>
    public ConvertSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        CheckOutput(options);
        ConvertOptions chosen = options;
        using IDeviceFrames? frames = ConvertFrames.Open(ref chosen, backend, note);
        using ConvertItem item = new(chosen, frames, warn, note);
        item.OpenSource();
        using ConvertRun run = new(chosen, backend, frames, [item], item.SourceInfo!, warn, note);
        ProgressMeter meter = new(progress, options.Stage, "frames", item.FrameCount);
        string Detail() => $"{run.Pipeline.Faces} faces";
        run.Pipeline.Run(frames =>
        {
            options.FrameWritten?.Invoke(frames);
            meter.Report(frames, Detail);
        }, cancellation);
        item.Clip.ThrowIfFailed();
        meter.Report(run.Pipeline.Frames, Detail, final: true);
        return run.Describe(item.Summary!) with { Elapsed = clock.Elapsed };
    }

    /// <summary>The video or the folder that an output names: for a pattern, the folder of its images.</summary>
    public static string Place(string output) => IsPattern(output) ? Path.GetDirectoryName(Path.GetFullPath(output))! : output;

    /// <summary>Whether an output is a pattern that numbers images.</summary>
    internal static bool IsPattern(string path) => !Directory.Exists(path) && !FrameSinks.IsVideo(path)
        && Path.GetFileName(path) is var name && (name.Contains("%d", StringComparison.Ordinal) || name.Contains("%0", StringComparison.Ordinal));

    /// <summary>Refuses an output that a user named and that is neither a video, a pattern nor a folder.</summary>
    /// <exception cref="UserErrorException">It is named like another kind of file.</exception>
    internal static void CheckOutput(ConvertOptions options)
    {
        if (options.Sink is null && !IsPattern(options.Output))
            OutputNames.RequireVideoOrFolder(options.Output);
    }

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
        if (options.DetectEvery is < 1 or > 1000)
            throw new UserErrorException($"--detect-every {options.DetectEvery} is out of range; choose 1 to 1000 frames");
        if (options.SteadyStrength is not (>= 0.1 and <= 10))
            throw new UserErrorException($"a steadiness of {options.SteadyStrength.ToString(CultureInfo.InvariantCulture)} is out of range; choose 0.1 to 10");
        if (options.Sink is null)
            FilePlace.RequireOther(options.Input, Place(options.Output));
        options.Blend.Create(MaskedOptions.LeastSide);
    }
}
