using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Video;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap convert</c>: puts the trained face into a video or a folder of images.</summary>
internal sealed class ConvertCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input-dir", ["-i"], "PATH", "A video file or a folder of images");
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "PATH", "A video file, a folder for images, or a pattern that numbers them: frames/%06d.png");
    private readonly Option<string> model = Opt.Required("--model-dir", ["-m"], "DIR", "Folder of the trained model");

    private readonly Option<string?> alignments = Opt.Optional("--alignments", [], "FILE",
        "Alignments file [default: the one beside the input, otherwise faces are found on the way]");

    private readonly Option<bool> detect = Opt.Flag("--detect", [], "Find faces on the way even if alignments lie beside the input");
    private readonly DetectorChoices detector = new();
    private readonly Option<string?> trainer = Opt.OptionalChoice("--trainer", ["-t"], "Kind of model expected in the folder", Trainers.Names);
    private readonly Option<bool> swap = Opt.Flag("--swap-model", ["-s"], "Convert B to A instead of A to B");
    private readonly BlendChoices blend = new(ColorAdjust.None);
    private readonly Option<string?> aligned = Opt.Optional("--input-aligned-dir", ["-a"], "DIR",
        "Folder of the extracted faces: those that you deleted from it stay as they are (files named STEM_INDEX.png, or STEMINDEX.png of old tools)");

    private readonly Option<string[]> ranges = new("--frame-ranges", "-fr")
    {
        Description = "Frames to convert, several with spaces between: 10-50 90-max. Both ends count; the numbers are those in the frames' names, a video's first is 1, also with --start. All others stay as they are",
        HelpName = "FIRST-LAST",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> discard = Opt.Flag("--discard-frames", ["-d"],
        "Leaves the frames outside --frame-ranges out; what is kept follows without pauses, with only its own sound, in step, and without chapters");

    private readonly Option<long> scale = Opt.Whole("--output-scale", ["-osc"], "Size of the output in percent; faces are put back at full size before", 100, 1, 1000);
    private readonly Option<string?> rate = Opt.Optional("--fps", [], "RATE", "Frames a second of a video made from a folder of images, 25 or 30000/1001 [default: 25]");

    private readonly Option<string?> steady = Opt.OptionalChoice("--steady", [],
        "Holds faces still where their landmarks shake from frame to frame [default: on for a video, off for a folder of images]", "on", "off");

    private readonly Option<double?> strength = Opt.Positive("--steady-strength", [], "X", "How still, 0.1 to 10; 2 is twice as still as 1 and trails a movement twice as far (1: by at most 0.7 % of the face) [default: 1]");
    private readonly Option<long> batch = Opt.WholeOrAuto("--batch-size", ["-bs"], "Faces in a network batch; auto takes as many as the device gains from, as far as its memory goes", 0, 0, 4096);
    private readonly Option<TimeSpan?> start = Opt.Time("--start", [], "First moment to convert: 90, 1:30 [default: the beginning]");
    private readonly Option<TimeSpan?> duration = Opt.Time("--duration", [], "Length to convert [default: to the end]");
    private readonly EncoderOptions encoder = new();
    private readonly Option<bool> noMark = Opt.Flag("--no-provenance", [], "Do not mark the output as altered (metadata and .provenance.json)");
    private readonly DeviceChoices device = new("auto");

    public ConvertCommand() : base("convert", "Puts the trained face into a video or a folder of images; all other pixels stay.",
        "faceswap convert -i person_A.mp4 -o swapped.mp4 -m model",
        "faceswap convert --input-dir frames --output-dir swapped --model-dir model --mask-type facehull --blur-size 5",
        "faceswap convert -i person_A.mp4 -o swapped.mp4 -m model --color-adjust reinhard --erosion-size 10 --blur-size 14 --sharpen gsharpen",
        "faceswap convert -i person_A.mp4 -o part.mp4 -m model --frame-ranges 10-50 90-max --discard-frames",
        "faceswap convert -i person_B.mp4 -o swapped.mp4 -m model --swap-model --start 0:10 --duration 20")
    {
        AddAll(input, output, model, alignments, detect);
        AddAll(detector.All);
        AddAll(trainer, swap);
        AddAll(blend.All);
        AddAll(aligned, ranges, discard, scale, rate, steady, strength, batch, start, duration, encoder.Codec, encoder.Crf, encoder.Preset, noMark);
        AddAll(device.All);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        using IBackend backend = device.Open(parsed, job);
        ConvertOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            Output = parsed.GetRequiredValue(output),
            ModelDirectory = parsed.GetRequiredValue(model),
            AlignmentsPath = parsed.GetValue(alignments),
            Detect = parsed.GetValue(detect),
            Detector = parsed.GetRequiredValue(detector.Detector),
            ModelsDirectory = parsed.GetValue(detector.Models),
            Trainer = parsed.GetValue(trainer),
            SwapModel = parsed.GetValue(swap),
            BatchSize = (int)parsed.GetValue(batch),
            Precision = device.Precision(parsed, backend, training: false),
            Blend = blend.Read(parsed),
            AlignedDirectory = parsed.GetValue(aligned),
            Ranges = parsed.GetValue(ranges) is { Length: > 0 } given ? FrameRanges.Parse(given) : null,
            DiscardFrames = parsed.GetValue(discard),
            OutputScale = (int)parsed.GetValue(scale),
            FrameRate = parsed.GetValue(rate) is string fps ? FrameRates.Parse(fps) : null,
            Steady = parsed.GetValue(steady) is string word ? word == "on" : null,
            SteadyStrength = parsed.GetValue(strength) ?? 1,
            StartSeconds = parsed.GetValue(start)?.TotalSeconds,
            DurationSeconds = parsed.GetValue(duration)?.TotalSeconds,
            Codec = parsed.GetRequiredValue(encoder.Codec),
            Crf = (int)parsed.GetValue(encoder.Crf),
            Preset = parsed.GetRequiredValue(encoder.Preset),
            Provenance = !parsed.GetValue(noMark),
        };
        ConvertSummary done = job.Run((progress, cancellation) => new ConvertWorkflow(options, backend, job.Warn, job.Note).Run(progress, cancellation));
        Report.Convert(done);
        return ExitCode.Done;
    }
}
