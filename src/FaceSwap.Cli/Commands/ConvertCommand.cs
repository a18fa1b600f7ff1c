using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap convert</c>: puts the trained face into a video or a folder of images.</summary>
internal sealed class ConvertCommand : FaceSwapCommand
{
    private readonly Option<string[]> input = Opt.Paths("--input-dir", ["-i"], "PATH",
        "A video file, a folder of images (unreadable ones are passed over with a warning), or several: files, folders of images or of videos, patterns such as 'clips/*.mkv', with spaces between");

    private readonly Option<string?> list = Opt.Optional("--input-list", [], "FILE", "A text file with one input a line, besides those of --input-dir");
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "PATH",
        "A video file, a folder for images (with a / at its end if its name looks like a file's), or a pattern that numbers them: frames/%06d.png; for several inputs a folder, where each output has its input's name");

    private readonly Option<string> model = Opt.Required("--model-dir", ["-m"], "DIR", "Folder of the trained model");

    private readonly Option<string?> alignments = Opt.Optional("--alignments", [], "FILE",
        "Alignments file [default: the one beside the input, otherwise faces are found on the way]");

    private readonly Option<bool> detect = Opt.Flag("--detect", [], "Find faces on the way even if alignments lie beside the input");
    private readonly DetectorChoices detector = new();
    private readonly Option<long> every = Opt.WholeOrAuto("--detect-every", [],
        "Frames from one search of a whole frame to the next; between, faces are followed near where they were. 1 searches every frame; auto: 12 for a video, on two or three cores 24 where no face is in sight, and 1 for images", Standard.Convert.DetectEvery ?? 0, 1, 1000);
    private readonly Option<string?> trainer = Opt.OptionalChoice("--trainer", ["-t"], "Kind of model expected in the folder", Trainers.Names);
    private readonly Option<bool> swap = Opt.Flag("--swap-model", ["-s"], "Convert B to A instead of A to B");
    private readonly ResultChoices result = new(Standard.Blend.Color);
    private readonly Option<string?> aligned = Opt.Optional("--input-aligned-dir", ["-a"], "DIR",
        "Folder of the extracted faces: those that you deleted from it stay as they are (files named STEM_INDEX.png, or STEMINDEX.png of old tools)");
    private readonly Option<long> batch = Opt.WholeOrAuto("--batch-size", ["-bs"], "Faces in a network batch; auto takes as many as the device gains from, as far as its memory goes", Standard.Convert.BatchSize, 0, 4096);
    private readonly Option<bool> resume = Opt.Flag("--resume", [],
        "Goes on with a conversion that did not come to its end: with the same options the result is the same to the bit as without the interruption; of several inputs, those finished are skipped");

    private readonly Option<bool> restart = Opt.Flag("--restart", [], "Begins anew where a conversion did not come to its end, and deletes what it kept");
    private readonly Option<long> segment = Opt.Whole("--segment-frames", [],
        "Frames between two points from which --resume can go on; 0 writes in one piece, without such points", Standard.Convert.SegmentFrames, 0, 1_000_000);

    private readonly Option<bool> timings = Opt.Flag("--timings", [], "Tells at the end what each stage took");
    private readonly DeviceChoices device = new("auto");

    public ConvertCommand() : base("convert", "Puts the trained face into a video or a folder of images; all other pixels stay.",
        "faceswap convert -i person_A.mp4 -o swapped.mp4 -m model",
        "faceswap convert -i holiday.mp4 'clips/*.mkv' more_videos -o swapped -m model",
        "faceswap convert --input-dir frames --output-dir swapped --model-dir model --mask-type facehull --blur-size 5",
        "faceswap convert -i person_A.mp4 -o swapped.mp4 -m model --color-adjust reinhard --erosion-size 10 --blur-size 14 --sharpen gsharpen",
        "faceswap convert -i person_A.mp4 -o part.mp4 -m model --frame-ranges 10-50 90-max --discard-frames",
        "faceswap convert -i person_A.mp4 -o swapped.mp4 -m model --resume",
        "faceswap convert -i person_B.mp4 -o swapped.mp4 -m model --swap-model --start 0:10 --duration 20")
    {
        AddAll(input, list, output, model, alignments, detect);
        AddAll(detector.All);
        AddAll(every);
        AddAll(trainer, swap, aligned, batch);
        AddAll(result.All);
        AddAll(resume, restart, segment);
        AddAll(device.All);
        AddAll(timings);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        ConvertInputs inputs = ConvertInputs.Resolve(parsed.GetValue(input) ?? [], parsed.GetValue(list));
        job.Warn(inputs.Warnings);
        string target = parsed.GetRequiredValue(output);
        IReadOnlyList<ConvertFile>? files = inputs.Several ? inputs.Into(target) : null;
        if (parsed.GetValue(resume) && parsed.GetValue(restart))
            throw new UserErrorException("--resume goes on and --restart begins anew; give one of them");
        if (parsed.GetValue(detect) && parsed.GetValue(alignments) is { } file)
            throw new UserErrorException($"--detect finds the faces on the way, and --alignments {file} says where they are; give one of them");
        using IBackend backend = device.Open(parsed, job);
        using FaceDevice faces = device.Faces(parsed, null);
        ConvertOptions options = result.Read(parsed, new ConvertOptions
        {
            Input = inputs.Paths[0],
            Output = target,
            ModelDirectory = parsed.GetRequiredValue(model),
            AlignmentsPath = parsed.GetValue(alignments),
            Detect = parsed.GetValue(detect),
            DetectEvery = parsed.GetValue(every) is > 0 and long frames ? (int)frames : null,
            Detector = parsed.GetRequiredValue(detector.Detector),
            ModelsDirectory = parsed.GetValue(detector.Models),
            FaceDevice = faces,
            Trainer = parsed.GetValue(trainer),
            SwapModel = parsed.GetValue(swap),
            BatchSize = (int)parsed.GetValue(batch),
            Precision = device.Asked(parsed, backend),
            AlignedDirectory = parsed.GetValue(aligned),
            SegmentFrames = (int)parsed.GetValue(segment),
            Unfinished = parsed.GetValue(resume) ? UnfinishedWork.Resume : parsed.GetValue(restart) ? UnfinishedWork.Restart : UnfinishedWork.Refuse,
        });
        if (files is null)
        {
            ConvertSummary done = job.Run((progress, cancellation) => new ConvertWorkflow(options, backend, job.Warn, job.Note).Run(progress, cancellation));
            Report.Convert(done);
            Timings(parsed, done);
            return ExitCode.Done;
        }
        ConvertManySummary all = job.Run((progress, cancellation) => new ConvertManyWorkflow(options, files, backend, job.Warn, job.Note).Run(progress, cancellation));
        Report.Convert(all, target);
        Timings(parsed, all.Whole);
        return all.Failed.Any() ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private void Timings(ParseResult parsed, ConvertSummary done)
    {
        if (parsed.GetValue(timings))
            Job.Say(StageTable.Of(done).TrimEnd());
    }
}
