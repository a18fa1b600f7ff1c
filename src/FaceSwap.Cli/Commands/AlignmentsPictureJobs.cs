using System.CommandLine;
using System.Globalization;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap alignments draw</c>.</summary>
internal sealed class AlignmentsDrawCommand : FaceSwapCommand
{
    private readonly Option<string> input = AlignmentsChoices.Input();
    private readonly Option<string?> alignments = AlignmentsChoices.Beside();
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "PATH",
        "A video file, which keeps the sound and the times of a video, or a folder for images named after the frames, which replace those of the same names");

    private readonly Option<string?> rate = Opt.Optional("--fps", [], "RATE", $"Frames a second of a video made from a folder of images, 25 or 30000/1001 [default: {Standard.Rate(FrameRates.OfImages)}]");
    private readonly EncoderOptions encoder = new(Standard.Draw.Codec, Standard.Draw.Crf, Standard.Draw.Preset);

    public AlignmentsDrawCommand() : base("draw", "Draws the landmarks onto the frames, into a video or a folder of images to look at.",
        "faceswap alignments draw -i person_A.mp4 -o landmarks.mp4 --preset veryfast",
        "faceswap alignments draw -i frames --alignments smooth.json -o landmarks")
    {
        AddAll(input, alignments, output, rate);
        AddAll(encoder.All);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        LandmarkDrawingOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            Output = parsed.GetRequiredValue(output),
            FrameRate = parsed.GetValue(rate) is string fps ? FrameRates.Parse(fps) : null,
            Codec = parsed.GetRequiredValue(encoder.Codec),
            Crf = (int)parsed.GetValue(encoder.Crf),
            Preset = parsed.GetRequiredValue(encoder.Preset),
        };
        AlignmentsFile file = AlignmentsChoices.Load(parsed.GetValue(alignments), options.Input);
        LandmarkDrawing done = job.Run((progress, cancellation) => LandmarkDrawing.Run(file, options, progress, cancellation));
        job.Warn(done.Warnings);
        Job.Say($"{options.Output}: {done.Frames} frames with {done.Faces} faces drawn");
        if (done.Unknown > 0)
            Job.Say($"{done.Unknown} frames are not in the alignments and were written as they are");
        return ExitCode.Done;
    }
}

/// <summary><c>faceswap alignments smooth</c>.</summary>
internal sealed class AlignmentsSmoothCommand : FaceSwapCommand
{
    private readonly Option<string> alignments = AlignmentsChoices.File();
    private readonly Option<double?> strength = Opt.Positive("--strength", [], "FRAMES",
        FormattableString.Invariant($"Standard deviation of the Gaussian over time, in frames: larger is steadier, and rounds fast movements off [default: {LandmarkSmoothing.StandardSigma}]"));
    private readonly Option<string?> output = AlignmentsChoices.Output();
    private readonly Option<bool> dry = AlignmentsChoices.DryRun();

    public AlignmentsSmoothCommand() : base("smooth",
        "Smooths the landmarks and box of each face over the frames that it is followed through, looking as far ahead as back, so that nothing lags.",
        "faceswap alignments smooth --alignments person_A_alignments.json --dry-run",
        "faceswap alignments smooth --alignments person_A_alignments.json --strength 2 -o smooth.json")
    {
        AddAll(alignments, strength, output, dry);
    }

    public override bool PrintsItsResult(ParseResult parsed) => parsed.GetValue(dry);

    public override int Execute(ParseResult parsed, Job job)
    {
        string path = parsed.GetRequiredValue(alignments);
        double sigma = parsed.GetValue(strength) ?? LandmarkSmoothing.StandardSigma;
        if (sigma > 100)
            throw new UserErrorException("--strength is at most 100 frames");
        string target = parsed.GetValue(output) ?? path;
        AlignmentsChoices.RequireKept(target, path);
        using OutputLock? held = AlignmentsChoices.Hold(job, target, parsed.GetValue(dry));
        LandmarkSmoothing done = LandmarkSmoothing.Of(AlignmentsFile.Load(path), sigma);
        Job.Say(string.Create(CultureInfo.InvariantCulture,
            $"{done.Tracks} faces followed, {done.Changed} sights changed; jitter {done.JitterBefore:0.00} -> {done.JitterAfter:0.00} pixels a frame a frame"));
        AlignmentsChoices.Save(done.Result, target, parsed.GetValue(dry));
        return ExitCode.Done;
    }
}
