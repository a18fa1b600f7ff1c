using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Sort;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap sort</c>: a folder of aligned faces in order.</summary>
internal sealed class SortCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input-dir", ["-i"], "DIR", "Folder of aligned faces, as extract writes them");
    private readonly Option<string> by = Opt.Choice("--by", ["-s", "--sort-by"],
        "blur: blurred to sharp; yaw: looking to the picture's left to right; pitch: down to up; size: small to large in the frame (needs --alignments); histogram, face: each next to the one most like it, in colors or as a person (face needs 'faceswap models get recognition')",
        SortKeys.Names[(int)Standard.Sort.Key], SortKeys.Names);
    private readonly Option<bool> descending = Opt.Flag("--descending", ["-d"], "Reverse the order");
    private readonly Option<string?> output = Opt.Optional("--output-dir", ["-o"], "DIR", "New or empty folder for copies with numbered names; the originals stay");
    private readonly Option<long> bins = Opt.Whole("--bins", ["-b"], "Divide the copies in their order among N folders of equally many; 0: no folders", Standard.Sort.Bins, 0, 999);
    private readonly Option<long> ranges = Opt.Whole("--bin-ranges", ["-br"],
        "Divide the copies among N folders of equally wide ranges of the value: yaw from profile to profile (-90 to 90 degrees), pitch from -45 to 45, blur and size from the least to the greatest; 0: no folders",
        Standard.Sort.BinRanges, 0, 999);
    private readonly Option<IReadOnlyList<double>?> edges = Opt.Rising("--bin-edges", ["-be"],
        "Divide the copies where you say: --by yaw --bin-edges -40,-15,15,40 makes five folders, the first and last open-ended. The contact sheet shows each face's value");
    private readonly Option<bool> group = Opt.Flag("--group", ["-g"],
        "A folder for each group of alike faces, the largest first, in it the most typical face first: person_1, person_2, ... --by face, group_1, ... --by histogram");
    private readonly Option<double?> threshold = Opt.Positive("--threshold", ["-rt"], "X",
        $"How far apart the faces of a group are at most, on average; smaller makes more groups [default: {SortKeys.Threshold(SortKey.Face):0.##} --by face, {SortKeys.Threshold(SortKey.Histogram):0.##} of 1 --by histogram]");
    private readonly Option<bool> inPlace = Opt.Flag("--in-place", [],
        $"Rename the faces where they are, with a number in front; {SortRename.ListName} in the folder lists the names of before. Until --undo, 'convert --input-aligned-dir' and 'alignments remove-faces' refuse the folder");
    private readonly Option<bool> undo = Opt.Flag("--undo", [], "Give the faces of a folder sorted in place their old names; also after an interrupted sort");
    private readonly Option<string?> sheet = Opt.Optional("--sheet", [], "FILE", "Write a contact sheet of the order (.png, .jpg), of about 400 faces evenly taken, those of a folder under its heading");
    private readonly Option<string?> alignments = Opt.Optional("--alignments", [], "FILE", "Alignments file of the faces, for --by size [default: alignments.json in the folder]");
    private readonly Option<string?> models = ModelsChoice.Option();
    private readonly DeviceChoices device = new(null);

    public SortCommand() : base("sort", "Puts a folder of aligned faces into order, to find the bad ones, and makes contact sheets.",
        "faceswap sort -i faces --by blur -o sorted",
        "faceswap sort -i faces --by face --group -o persons --sheet persons.png",
        "faceswap sort -i faces --by yaw --bin-ranges 5 -o bins --sheet yaw.png",
        "faceswap sort -i faces --by histogram --in-place; faceswap sort -i faces --undo")
    {
        AddAll(input, by, descending, output, bins, ranges, edges, group, threshold, inPlace, undo, sheet, alignments, models, device.Device);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        string folder = parsed.GetRequiredValue(input);
        using FaceDevice faces = device.Faces(parsed, job);
        SortOptions options = new()
        {
            Input = folder,
            Key = SortKeys.ByName(parsed.GetRequiredValue(by)),
            Descending = parsed.GetValue(descending),
            OutputDirectory = parsed.GetValue(output),
            Bins = (int)parsed.GetValue(bins),
            BinRanges = (int)parsed.GetValue(ranges),
            BinEdges = parsed.GetValue(edges) ?? [],
            Group = parsed.GetValue(group),
            GroupThreshold = parsed.GetValue(threshold),
            InPlace = parsed.GetValue(inPlace),
            SheetPath = parsed.GetValue(sheet),
            AlignmentsPath = parsed.GetValue(alignments),
            ModelsDirectory = parsed.GetValue(models),
            FaceDevice = faces,
        };
        if (parsed.GetValue(undo))
        {
            if (options.OutputDirectory is not null || options.InPlace || options.SheetPath is not null)
                throw new UserErrorException("--undo only gives names back; leave out --output-dir, --in-place and --sheet");
            Job.Say(FormattableString.Invariant($"{SortRename.Undo(folder)} faces in {folder} have their old names again"));
            return ExitCode.Done;
        }
        SortSummary done = job.Run((progress, cancellation) => new SortWorkflow(options, job.Warn).Run(progress, cancellation));
        if (options.InPlace)
            job.Note($"the faces have new names: 'convert --input-aligned-dir' and 'alignments remove-faces' refuse the folder until 'faceswap sort -i {folder} --undo'");
        Report.Sort(done, options.OutputDirectory ?? (options.InPlace ? folder : options.SheetPath!));
        return ExitCode.Done;
    }
}
