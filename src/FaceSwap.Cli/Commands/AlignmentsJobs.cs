using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap alignments check</c>.</summary>
internal sealed class AlignmentsCheckCommand : FaceSwapCommand
{
    private readonly Option<string> input = AlignmentsChoices.Input();
    private readonly Option<string?> alignments = AlignmentsChoices.Beside();
    private readonly Option<bool> list = AlignmentsChoices.All();

    public AlignmentsCheckCommand() : base("check",
        "Compares an alignments file with its video or folder: frames that it lacks, entries without a frame, frames with several faces or none. Exits with 1 when a frame is missing or an entry is extra.",
        "faceswap alignments check -i person_A.mp4",
        "faceswap alignments check -i frames --alignments frames/alignments.yml --list")
    {
        AddAll(input, alignments, list);
    }

    public override bool PrintsItsResult(ParseResult parsed) => true;

    public override int Execute(ParseResult parsed, Job job)
    {
        string path = parsed.GetRequiredValue(input);
        bool all = parsed.GetValue(list);
        AlignmentsFile file = AlignmentsChoices.Load(parsed.GetValue(alignments), path);
        List<string> frames = job.Run((progress, cancellation) => InputFrames.Names(path, file, progress, cancellation));
        AlignmentsCheck check = AlignmentsCheck.Of(file, frames);
        Job.Say($"{frames.Count} frames in the input; {file.FrameCount} frames with {file.FaceCount} faces in the alignments");
        AlignmentsChoices.Say("frames missing from the alignments", check.Missing, all);
        AlignmentsChoices.Say("extra entries, of which there is no frame", check.Extra, all);
        AlignmentsChoices.Say("frames with several faces", check.Several, all);
        AlignmentsChoices.Say("frames without a face", check.Without, all);
        return check.Complete ? ExitCode.Done : ExitCode.CheckFailed;
    }
}

/// <summary><c>faceswap alignments remove-faces</c>.</summary>
internal sealed class AlignmentsRemoveCommand : FaceSwapCommand
{
    private readonly Option<string> alignments = AlignmentsChoices.File();
    private readonly Option<string> aligned = Opt.Required("--input-aligned-dir", ["-a"], "DIR",
        "The folder that the faces were extracted to, from which unwanted ones are deleted; its sub-folders do not count");
    private readonly Option<string?> output = AlignmentsChoices.Output();
    private readonly Option<bool> dry = AlignmentsChoices.DryRun();
    private readonly Option<bool> list = AlignmentsChoices.All();

    public AlignmentsRemoveCommand() : base("remove-faces",
        "Takes faces out of an alignments file whose pictures were deleted from the folder they were extracted to. Pictures of faces that move up in their frame are renamed (not with --output).",
        "faceswap alignments remove-faces --alignments person_A_alignments.json -a faces_A --dry-run",
        "faceswap alignments remove-faces --alignments person_A_alignments.json -a faces_A")
    {
        AddAll(alignments, aligned, output, dry, list);
    }

    public override bool PrintsItsResult(ParseResult parsed) => parsed.GetValue(dry);

    public override int Execute(ParseResult parsed, Job job)
    {
        string path = parsed.GetRequiredValue(alignments);
        string folder = parsed.GetRequiredValue(aligned), target = parsed.GetValue(output) ?? path;
        bool dryRun = parsed.GetValue(dry);
        AlignmentsChoices.RequireKept(target, path);
        if (dryRun && FaceRemoval.IsPending(path, folder))
            throw new UserErrorException($"an earlier 'remove-faces' of '{folder}' was interrupted, and is finished first; run this without --dry-run");
        if (FaceRemoval.Recover(path, folder) is { } said)
            job.Note(said);
        using OutputLock? held = AlignmentsChoices.Hold(job, target, dryRun);
        FaceRemoval removal = FaceRemoval.Plan(AlignmentsFile.Load(path), folder);
        AlignmentsChoices.Say(dryRun ? "faces to remove" : "faces removed", [.. removal.Removed.Select(r => $"{r.Frame} face {r.Index}")], parsed.GetValue(list));
        if (parsed.GetValue(output) is { } other)
        {
            // The pictures go on belonging to the file that stays.
            AlignmentsChoices.Save(removal.Result, other, dryRun);
            return ExitCode.Done;
        }
        if (removal.Removed.Count == 0)
        {
            Job.Say("nothing to change");
            return ExitCode.Done;
        }
        AlignmentsChoices.Save(removal.Result, path, dryRun, () => removal.Apply(path));
        if (removal.Renames.Count > 0)
            Job.Say($"{removal.Renames.Count} pictures {(dryRun ? "would be" : "were")} renamed to their faces' new numbers");
        return ExitCode.Done;
    }
}

/// <summary><c>faceswap alignments rename</c>.</summary>
internal sealed class AlignmentsRenameCommand : FaceSwapCommand
{
    private readonly Option<string> alignments = AlignmentsChoices.File();
    private readonly Option<string?> input = Opt.Optional("--input-dir", ["-i"], "PATH",
        "The video or folder whose frames have new names; they are matched in order and must be as many as in the file");
    private readonly Option<string?> find = Opt.Optional("--find", [], "TEXT", "Text to look for in the names instead");
    private readonly Option<string?> replace = Opt.Optional("--replace", [], "TEXT", "What to put in its place");
    private readonly Option<string?> output = AlignmentsChoices.Output();
    private readonly Option<bool> dry = AlignmentsChoices.DryRun();
    private readonly Option<bool> list = AlignmentsChoices.All();

    public AlignmentsRenameCommand() : base("rename", "Gives the entries of an alignments file the names that the frames have now. Faces stay as they are.",
        "faceswap alignments rename --alignments alignments.json -i renamed_frames --dry-run",
        "faceswap alignments rename --alignments alignments.json --find .jpg --replace .png")
    {
        AddAll(alignments, input, find, replace, output, dry, list);
    }

    public override bool PrintsItsResult(ParseResult parsed) => parsed.GetValue(dry);

    public override int Execute(ParseResult parsed, Job job)
    {
        string path = parsed.GetRequiredValue(alignments);
        string? frames = parsed.GetValue(input), text = parsed.GetValue(find), by = parsed.GetValue(replace);
        if ((frames is null) == (text is null) || (text is null) != (by is null))
            throw new UserErrorException("give either --input-dir with the renamed frames, or both --find and --replace");
        string target = parsed.GetValue(output) ?? path;
        bool dryRun = parsed.GetValue(dry);
        AlignmentsChoices.RequireKept(target, path);
        using OutputLock? held = AlignmentsChoices.Hold(job, target, dryRun);
        AlignmentsFile file = AlignmentsFile.Load(path);
        EntryRename rename = frames is null
            ? EntryRename.ByText(file, text!, by!)
            : EntryRename.ByOrder(file, job.Run((progress, cancellation) => InputFrames.Names(frames, null, progress, cancellation)));
        AlignmentsChoices.Say(dryRun ? "entries to rename" : "entries renamed", [.. rename.Renamed.Select(r => $"{r.From} -> {r.To}")], parsed.GetValue(list));
        if (rename.Renamed.Count == 0 && target == path)
            Job.Say("nothing to change");
        else
            AlignmentsChoices.Save(rename.Result, target, dryRun);
        return ExitCode.Done;
    }
}

/// <summary><c>faceswap alignments merge</c>.</summary>
internal sealed class AlignmentsMergeCommand : FaceSwapCommand
{
    private readonly Argument<string[]> files = new("files") { Description = "Two or more alignments files; where two have the same face, the earlier is taken", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> output = Opt.Required("--output", ["-o"], "FILE", "Alignments file to write, .json or .yml; what it replaces is kept as FILE.bak");
    private readonly Option<double> overlap = Opt.Number("--overlap", [], "PART",
        "Boxes of a frame whose shared area is more than this part of the area they cover together are the same face", AlignmentsMerge.StandardOverlap);
    private readonly Option<bool> dry = AlignmentsChoices.DryRun();

    public AlignmentsMergeCommand() : base("merge", "Puts several alignments files together; faces that two of them have are taken once.",
        "faceswap alignments merge first.json second.json -o both.json",
        "faceswap alignments merge day1.yml day2.yml day3.yml -o all.json --overlap 0.3 --dry-run")
    {
        Add(files);
        AddAll(output, overlap, dry);
    }

    public override bool PrintsItsResult(ParseResult parsed) => parsed.GetValue(dry);

    public override int Execute(ParseResult parsed, Job job)
    {
        string[] paths = parsed.GetRequiredValue(files);
        // The parser takes any word for a file.
        if (paths.FirstOrDefault(p => p.StartsWith('-') && !File.Exists(p)) is { } unknown)
            throw new UserErrorException($"there is no option '{unknown}'; 'faceswap alignments merge --help' shows what there is");
        if (paths.Length < 2)
            throw new UserErrorException("merging needs two alignments files or more");
        if (parsed.GetValue(overlap) > 1)
            throw new UserErrorException("--overlap is a part from 0 to 1");
        string target = parsed.GetRequiredValue(output);
        AlignmentsChoices.RequireKept(target, paths);
        using OutputLock? held = AlignmentsChoices.Hold(job, target, parsed.GetValue(dry));
        AlignmentsMerge merge = new(parsed.GetValue(overlap));
        foreach (string path in paths)
        {
            AlignmentsFile file = AlignmentsFile.Load(path);
            Job.Say($"{path}: {file.FrameCount} frames with {file.FaceCount} faces");
            merge.Add(file);
        }
        Job.Say($"{merge.Duplicates} faces left out that an earlier file has");
        AlignmentsChoices.Save(merge.Result(), target, parsed.GetValue(dry));
        return ExitCode.Done;
    }
}
