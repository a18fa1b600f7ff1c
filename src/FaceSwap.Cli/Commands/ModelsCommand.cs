using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline.Weights;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap models</c>: the weight files that the program can use and does not carry.</summary>
internal sealed class ModelsCommand : FaceSwapCommand
{
    private readonly Option<string?> models = ModelsChoice.Option();

    public ModelsCommand() : base("models", "Lists the weight files that some options need: state, checksum, license and where each comes from.",
        "faceswap models",
        "faceswap models get recognition",
        "faceswap models get detector --models-dir weights")
    {
        AddAll(models);
        Add(new ModelsGetCommand());
    }

    public override bool PrintsItsResult(ParseResult parsed) => true;

    public override int Execute(ParseResult parsed, Job job)
    {
        string? directory = parsed.GetValue(models);
        int width = WeightCatalog.All.Max(f => f.Name.Length);
        bool damaged = false;
        foreach (WeightFile file in WeightCatalog.All)
        {
            job.Cancellation.ThrowIfCancellationRequested();
            WeightStatus status = WeightStatus.Of(file, directory);
            string state = status.State switch
            {
                WeightState.Known => "ok     ",
                WeightState.Usable => "usable ",
                WeightState.Damaged => "DAMAGED",
                _ => "absent ",
            };
            damaged |= status.State == WeightState.Damaged;
            string indent = new(' ', 9 + width);
            Job.Say($"{state} {file.Name.PadRight(width)} {status.Path ?? file.FileNames[0]}");
            if (status.Checksum is not null)
                Job.Say($"{indent}sha256 {status.Checksum}{(status.State == WeightState.Usable ? file.Checksums.Count > 0 ? " (not the known one)" : " (none known to compare with)" : "")}");
            if (status.Trouble.Length > 0)
                Job.Say(indent + status.Trouble);
            Job.Say($"{indent}for {file.Purpose}; {file.License}");
            Job.Say($"{indent}from {file.Source}{(status.State is WeightState.Absent or WeightState.Damaged ? $": faceswap models get {file.Name}" : "")}");
        }
        Job.Say("");
        Job.Say($"looked in {string.Join(" and ", WeightStore.Directories(directory))}");
        return damaged ? ExitCode.CheckFailed : ExitCode.Done;
    }
}

/// <summary><c>faceswap models get</c>: fetches one.</summary>
internal sealed class ModelsGetCommand : FaceSwapCommand
{
    private readonly Argument<string> name = new("name")
    {
        Description = "Which one: " + string.Join(", ", WeightCatalog.All.Select(f => f.Name)),
        CustomParser = result =>
        {
            string word = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (WeightCatalog.All.Any(f => f.Name == word))
                return word;
            result.AddError($"there is no weight file '{word}'; choose one of {string.Join(", ", WeightCatalog.All.Select(f => f.Name))}");
            return "";
        },
    };

    private readonly Option<string?> models = Opt.Optional("--models-dir", [], "DIR", "Folder to put it into [default: the user's data folder]");

    public ModelsGetCommand() : base("get", "Fetches a weight file, checks it and keeps it for later.", "faceswap models get recognition")
    {
        Add(name);
        AddAll(models);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        WeightFile file = WeightCatalog.All.Single(f => f.Name == parsed.GetRequiredValue(name));
        string path = WeightDownload.Get(file, parsed.GetValue(models) ?? WeightStore.UserDirectory, job.Cancellation);
        Job.Say($"{file.Name}: {path} ({file.License})");
        return ExitCode.Done;
    }
}
