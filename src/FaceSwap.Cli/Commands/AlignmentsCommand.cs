using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap alignments</c>: jobs on alignments files.</summary>
internal sealed class AlignmentsCommand : FaceSwapCommand
{
    public AlignmentsCommand() : base("alignments", "Checks and changes alignments files, the ones that 'extract' writes and 'convert' reads.",
        "faceswap alignments check -i person_A.mp4",
        "faceswap alignments remove-faces --alignments person_A_alignments.json -a faces_A --dry-run",
        "faceswap alignments merge first.json second.json -o both.json")
    {
        Add(new AlignmentsCheckCommand());
        Add(new AlignmentsRemoveCommand());
        Add(new AlignmentsRenameCommand());
        Add(new AlignmentsMergeCommand());
        Add(new AlignmentsDrawCommand());
        Add(new AlignmentsSmoothCommand());
    }

    public override int Execute(ParseResult parsed, Job job) =>
        throw new UserErrorException($"say what to do: {string.Join(", ", Subcommands.Select(c => c.Name))}; 'faceswap alignments --help' explains them");
}

/// <summary>Options and lines that the jobs share.</summary>
internal static class AlignmentsChoices
{
    private const int MostNames = 10;

    public static Option<string> Input() => Opt.Required("--input-dir", ["-i"], "PATH", "The video file or the folder of images that the alignments are for");

    public static Option<string?> Beside() => Opt.Optional("--alignments", [], "FILE", "Alignments file [default: the one in the input folder or beside the video]");

    public static Option<string> File() => Opt.Required("--alignments", [], "FILE", "Alignments file, .json or .yml");

    public static Option<string?> Output() =>
        Opt.Optional("--output", ["-o"], "FILE", "Where to write the result [default: over the alignments file]; what it replaces is kept as FILE.bak");

    public static Option<bool> DryRun() => Opt.Flag("--dry-run", [], "Say what would be done and change nothing");

    public static Option<bool> All() => Opt.Flag("--list", [], "List every frame concerned, not only the first ten");

    /// <summary>Loads the named file, or the one beside the input.</summary>
    public static AlignmentsFile Load(string? path, string input)
    {
        if (path is null && !System.IO.File.Exists(input) && !Directory.Exists(input))
            throw new UserErrorException($"there is no file or folder '{input}'; check --input-dir");
        return AlignmentsFile.Load(path ?? AlignmentsFile.FindBeside(input) ?? AlignmentsFile.DefaultPath(input));
    }

    /// <summary>A number of things and what they are, with the first names below.</summary>
    public static void Say(string what, IReadOnlyList<string> names, bool all)
    {
        Job.Say($"{names.Count} {what}");
        int shown = all ? names.Count : Math.Min(names.Count, MostNames);
        foreach (string name in names.Take(shown))
            Job.Say("  " + name);
        if (shown < names.Count)
            Job.Say($"  and {names.Count - shown} more (--list shows all)");
    }

    /// <summary>Keeps other processes from changing a file while it is read, changed and written; finishes first what a killed job left unfinished with it.</summary>
    /// <returns>To be disposed when it is written; null where nothing is to be changed.</returns>
    public static OutputLock? Hold(Job job, string path, bool dryRun)
    {
        if (dryRun)
            return null;
        if (FaceRemoval.Recover(path, null) is { } said)
            job.Note(said);
        return OutputLock.OnFile(path, "changes the alignments file", "--output");
    }

    /// <summary>Refuses a result whose backup would replace a file that it is made from.</summary>
    public static void RequireKept(string target, params string[] inputs)
    {
        AlignmentsFile.RequireReplaceable(target, "--output");
        if (System.IO.File.Exists(target) && inputs.FirstOrDefault(i => FilePlace.Same(i, target + ".bak")) is { } input)
            throw new UserErrorException($"'{input}' would be replaced, because what '{target}' holds is kept as '{target}.bak'; rename the input or choose another --output");
    }

    /// <summary>Writes a changed file, unless nothing is to be changed, and says where.</summary>
    public static void Save(AlignmentsFile file, string path, bool dryRun, Action? write = null)
    {
        string content = $"{file.FrameCount} frames with {file.FaceCount} faces";
        if (dryRun)
        {
            Job.Say($"nothing was changed; without --dry-run, {path} would have {content}");
            return;
        }
        bool replaces = System.IO.File.Exists(path);
        (write ?? (() => file.Replace(path)))();
        Job.Say($"{path}: {content}{(replaces ? $"; the file before is {path}.bak" : "")}");
    }
}
