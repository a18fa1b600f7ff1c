using System.CommandLine;
using System.Globalization;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap alignments draw</c>.</summary>
internal sealed class AlignmentsDrawCommand : FaceSwapCommand
{
    private readonly Option<string> input = AlignmentsChoices.Input();
    private readonly Option<string?> alignments = AlignmentsChoices.Beside();
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "DIR", "Folder for the images, named after the frames; images there of the same names are replaced");

    public AlignmentsDrawCommand() : base("draw", "Draws the landmarks onto the frames, into a folder of images to look at.",
        "faceswap alignments draw -i person_A.mp4 -o landmarks",
        "faceswap alignments draw -i frames --alignments smooth.json -o landmarks")
    {
        AddAll(input, alignments, output);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        string path = parsed.GetRequiredValue(input), folder = parsed.GetRequiredValue(output);
        AlignmentsFile file = AlignmentsChoices.Load(parsed.GetValue(alignments), path);
        LandmarkDrawing done = job.Run((progress, cancellation) => LandmarkDrawing.Run(file, path, folder, progress, cancellation));
        Job.Say($"{folder}: {done.Frames} frames with {done.Faces} faces drawn");
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
        "Standard deviation of the Gaussian over time, in frames: larger is steadier, and rounds fast movements off [default: 1.5]");
    private readonly Option<string?> output = AlignmentsChoices.Output();
    private readonly Option<bool> dry = AlignmentsChoices.DryRun();

    public AlignmentsSmoothCommand() : base("smooth",
        "Smooths the landmarks and box of each face over the frames that it is followed through, looking as far ahead as back, so that nothing lags.",
        "faceswap alignments smooth --alignments person_A_alignments.json --dry-run",
        "faceswap alignments smooth --alignments person_A_alignments.json --strength 2 -o smooth.json")
    {
        AddAll(alignments, strength, output, dry);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        string path = parsed.GetRequiredValue(alignments);
        double sigma = parsed.GetValue(strength) ?? 1.5;
        if (sigma > 100)
            throw new UserErrorException("--strength is at most 100 frames");
        LandmarkSmoothing done = LandmarkSmoothing.Of(AlignmentsFile.Load(path), sigma);
        Job.Say(string.Create(CultureInfo.InvariantCulture,
            $"{done.Tracks} faces followed, {done.Changed} sights changed; jitter {done.JitterBefore:0.00} -> {done.JitterAfter:0.00} pixels a frame a frame"));
        AlignmentsChoices.Save(done.Result, parsed.GetValue(output) ?? path, parsed.GetValue(dry));
        return ExitCode.Done;
    }
}
