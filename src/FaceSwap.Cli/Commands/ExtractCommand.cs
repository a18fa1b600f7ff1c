using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap extract</c>: faces out of a video or a folder of images.</summary>
internal sealed class ExtractCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input-dir", ["-i"], "PATH", "A video file or a folder of images, of which unreadable ones are passed over with a warning");
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "DIR", "Folder for the aligned faces");

    private readonly Option<string?> alignments = Opt.Optional("--alignments", [], "FILE",
        "Alignments file to write [default: alignments.json in an input folder, STEM_alignments.json beside a video, with the extension in the name where another video has its stem]; what it replaces is kept as FILE.bak");
    private readonly Option<string?> serializer = Opt.OptionalChoice("--serializer", [],
        "Format of the alignments file [default: as the extension of --alignments says, .json or .yml]", AlignmentsSerializers.Names);

    private readonly DetectorChoices detector = new();
    private readonly Option<string?> rotate = Opt.OptionalWord("--rotate-images", ["-r"], "on|ANGLES",
        "Turn frames without an upright face until one is found: on (or nothing) tries 90, 180 and 270 degrees, one number N tries N, 2N, ... below 360, a list such as 45,90,315 its members", RotationAngles.On);

    private readonly Option<string[]> wanted = Opt.Paths("--filter", ["-f"], "IMAGE...",
        "Pictures of the wanted person, who faces the camera: other people's faces are refused and listed in refused.txt in the output folder");
    private readonly Option<string[]> unwanted = Opt.Paths("--nfilter", ["-n"], "IMAGE...", "Pictures of people to refuse, to tell them better from those of --filter");
    private readonly Option<double> threshold = Opt.Number("--ref_threshold", ["-l", "--ref-threshold"], "DISTANCE",
        "Largest mean distance to the pictures of --filter; smaller is stricter", Standard.Extract.ReferenceThreshold);
    private readonly Option<long> minSize = Opt.Whole("--min-size", ["-min"], "Leave out faces whose box is less than N pixels wide or high", Standard.Extract.MinSize, 0);
    private readonly Option<long> maxFaces = Opt.Whole("--max-faces", ["-max"], "Take at most N faces of a frame, the surest first; 0 takes all", Standard.Extract.MaxFaces, 0);

    private readonly Option<bool> alignEyes = Opt.Flag("--align-eyes", ["-ae"], "Turn the faces so that their eyes lie level");
    private readonly Option<double?> blur = Opt.Positive("--blur-threshold", ["-bt"], "VARIANCE",
        "Put faces whose features' Laplacian has a smaller variance into the sub-folder 'blurry'; soft footage measures some units, sharp photographs hundreds, so look at what goes there");
    private readonly Option<bool> debug = Opt.Flag("--debug-landmarks", ["-dl"], "Draw the landmarks into the aligned faces, to look at: do not train on them");

    private readonly Option<long> every = Opt.Whole("--every", ["-een", "--extract-every-n"], "Look at every N-th frame only", Standard.Extract.EveryNth, 1);
    private readonly Option<bool> skip = Opt.Flag("--skip-existing", ["-s"], "Pass over frames that the alignments file has: goes on where a stopped run ended");
    private readonly Option<bool> skipFaces = Opt.Flag("--skip-existing-faces", ["-sf"], "Pass over frames for which the alignments file has a face, and search the others again");
    private readonly DeviceChoices device = new(null);
    private readonly Option<long> processes = Opt.Whole("--processes", ["-j"], "Workers that detect; 0 is one for each core", Standard.Extract.Processes, 0, 1024);

    public ExtractCommand() : base("extract", "Finds faces in a video or a folder of images, aligns them and cuts them out.",
        "faceswap extract -i person_A.mp4 -o faces_A",
        "faceswap extract --input-dir frames --output-dir faces --processes 4 --skip-existing",
        "faceswap extract -i party.mp4 -o faces --filter anna1.jpg anna2.jpg --nfilter ben.jpg --rotate-images 90,270")
    {
        AddAll(input, output, alignments, serializer, detector.Detector, detector.Models, rotate, wanted, unwanted, threshold, minSize, maxFaces, alignEyes, blur, debug, every, skip,
            skipFaces, processes, device.Device);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        if (parsed.GetResult(threshold) is { Implicit: false } && parsed.GetRequiredValue(wanted).Length == 0)
            throw new UserErrorException("--ref_threshold is the distance to the pictures of --filter; name one or more of the wanted person with that");
        using FaceDevice faces = device.Faces(parsed, job);
        ExtractOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            OutputDirectory = parsed.GetRequiredValue(output),
            AlignmentsPath = parsed.GetValue(alignments),
            Serializer = parsed.GetValue(serializer) is { } name ? AlignmentsSerializers.ByName(name) : null,
            Detector = parsed.GetRequiredValue(detector.Detector),
            ModelsDirectory = parsed.GetValue(detector.Models),
            FaceDevice = faces,
            RotationAngles = parsed.GetValue(rotate) is { } angles ? RotationAngles.Parse(angles) : null,
            Filter = parsed.GetRequiredValue(wanted),
            NegativeFilter = parsed.GetRequiredValue(unwanted),
            ReferenceThreshold = parsed.GetValue(threshold),
            MinSize = (int)parsed.GetValue(minSize),
            MaxFaces = (int)parsed.GetValue(maxFaces),
            AlignEyes = parsed.GetValue(alignEyes),
            BlurThreshold = parsed.GetValue(blur),
            DebugLandmarks = parsed.GetValue(debug),
            EveryNth = (int)parsed.GetValue(every),
            SkipExisting = parsed.GetValue(skip),
            SkipExistingFaces = parsed.GetValue(skipFaces),
            Processes = (int)parsed.GetValue(processes),
        };
        ExtractSummary done = job.Run((progress, cancellation) => new ExtractWorkflow(options, job.Warn).Run(progress, cancellation));
        Report.Extract(done);
        return ExitCode.Done;
    }
}
