using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap extract</c>: faces out of a video or a folder of images.</summary>
internal sealed class ExtractCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input-dir", ["-i"], "PATH", "A video file or a folder of images");
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "DIR", "Folder for the aligned faces");

    private readonly Option<string?> alignments = Opt.Optional("--alignments", [], "FILE",
        "Alignments file to write [default: alignments.json in an input folder, STEM_alignments.json beside a video]");

    private readonly Option<string> detector = Opt.Choice("--detector", ["-D"],
        "Face detector: hog is fast and finds upright, frontal faces; cnn is dlib's network, which finds turned and partly covered ones too; all takes cnn's faces, and hog's where it finds none", "hog", FaceDetectors.Names);
    private readonly Option<string?> models = ModelsChoice.Option();
    private readonly Option<long> processes = Opt.Whole("--processes", ["-j"], "Workers that detect; 0 is one for each core", 0, 0, 1024);
    private readonly Option<long> every = Opt.Whole("--every", ["-n"], "Look at every N-th frame only", 1, 1);
    private readonly Option<bool> skip = Opt.Flag("--skip-existing", ["-s"], "Keep what the alignments file already has");

    public ExtractCommand() : base("extract", "Finds faces in a video or a folder of images, aligns them and cuts them out.",
        "faceswap extract -i person_A.mp4 -o faces_A",
        "faceswap extract --input-dir frames --output-dir faces --processes 4 --skip-existing")
    {
        AddAll(input, output, alignments, detector, models, processes, every, skip);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        ExtractOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            OutputDirectory = parsed.GetRequiredValue(output),
            AlignmentsPath = parsed.GetValue(alignments),
            Detector = parsed.GetRequiredValue(detector),
            ModelsDirectory = parsed.GetValue(models),
            Processes = (int)parsed.GetValue(processes),
            EveryNth = (int)parsed.GetValue(every),
            SkipExisting = parsed.GetValue(skip),
        };
        ExtractSummary done = job.Run((progress, cancellation) => new ExtractWorkflow(options, job.Warn).Run(progress, cancellation));
        Report.Extract(done);
        return ExitCode.Done;
    }
}
