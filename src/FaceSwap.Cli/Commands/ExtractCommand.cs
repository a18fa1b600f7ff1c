using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline.Extract;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap extract</c>: faces out of a video or a folder of images.</summary>
internal sealed class ExtractCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input-dir", ["-i"], "PATH", "A video file or a folder of images");
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "DIR", "Folder for the aligned faces");

    private readonly Option<string?> alignments = Opt.Optional("--alignments", [], "FILE",
        "Alignments file to write [default: alignments.json in an input folder, STEM_alignments.json beside a video]");

    private readonly DetectorChoices detector = new();
    private readonly Option<long> processes = Opt.Whole("--processes", ["-j"], "Workers that detect; 0 is one for each core", 0, 0, 1024);
    private readonly Option<long> every = Opt.Whole("--every", ["-n"], "Look at every N-th frame only", 1, 1);
    private readonly Option<bool> skip = Opt.Flag("--skip-existing", ["-s"], "Keep what the alignments file already has");

    public ExtractCommand() : base("extract", "Finds faces in a video or a folder of images, aligns them and cuts them out.",
        "faceswap extract -i person_A.mp4 -o faces_A",
        "faceswap extract --input-dir frames --output-dir faces --processes 4 --skip-existing")
    {
        AddAll(input, output, alignments, detector.Detector, detector.Models, processes, every, skip);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        ExtractOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            OutputDirectory = parsed.GetRequiredValue(output),
            AlignmentsPath = parsed.GetValue(alignments),
            Detector = parsed.GetRequiredValue(detector.Detector),
            ModelsDirectory = parsed.GetValue(detector.Models),
            Processes = (int)parsed.GetValue(processes),
            EveryNth = (int)parsed.GetValue(every),
            SkipExisting = parsed.GetValue(skip),
        };
        ExtractSummary done = job.Run((progress, cancellation) => new ExtractWorkflow(options, job.Warn).Run(progress, cancellation));
        Report.Extract(done);
        return ExitCode.Done;
    }
}
