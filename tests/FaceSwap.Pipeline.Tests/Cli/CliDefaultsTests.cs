using System.Collections;
using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Swap;
using FaceSwap.Pipeline.Video;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>
/// Every default of every command against the workflow's options, which own it. A new option with a default fails here until it is listed: in <see cref="Owners"/> if a
/// workflow has it, otherwise in <see cref="CommandsOwn"/>.
/// </summary>
public class CliDefaultsTests
{
    // Defaults that no workflow's options have: what the command itself asks.
    private static readonly HashSet<string> CommandsOwn = ["--device", "bench --trainer", "bench --batch-size", "bench --detect-every"];

    private static readonly Dictionary<string, object> Owners = new()
    {
        ["--detector"] = Standard.Convert.Detector,
        ["--converter"] = Standard.Blend.Converter.ToString(),
        ["--mask-type"] = Standard.Word(Standard.Blend.Mask),
        ["--erosion-size"] = Standard.Blend.ErosionSize,
        ["--blur-size"] = Standard.Blend.BlurSize,
        ["--color-adjust"] = Standard.Word(Standard.Blend.Color),
        ["swap --color-adjust"] = Standard.Word(SwapOptions.StandardColor),
        ["--sharpen"] = ConverterWords.Of(Standard.Blend.Sharpen),
        ["--smooth-mask"] = OnOff(Standard.Blend.SmoothMask),
        ["--avg-color-adjust"] = OnOff(Standard.Blend.AverageColor),
        ["--output-scale"] = Standard.Convert.OutputScale,
        ["convert --segment-frames"] = Standard.Convert.SegmentFrames,
        ["pipe --steady"] = OnOff(Standard.Pipe.Steady),
        ["pipe --detect-every"] = Standard.Pipe.DetectEvery,
        ["convert --codec"] = Standard.Convert.Codec,
        ["swap --codec"] = Standard.Swap.Conversion.Codec,
        ["frames-to-video --codec"] = Standard.FramesToVideo.Codec,
        ["draw --codec"] = Standard.Draw.Codec,
        ["convert --crf"] = Standard.Convert.Crf,
        ["swap --crf"] = Standard.Swap.Conversion.Crf,
        ["frames-to-video --crf"] = Standard.FramesToVideo.Crf,
        ["draw --crf"] = Standard.Draw.Crf,
        ["convert --preset"] = Standard.Convert.Preset,
        ["swap --preset"] = Standard.Swap.Conversion.Preset,
        ["frames-to-video --preset"] = Standard.FramesToVideo.Preset,
        ["draw --preset"] = Standard.Draw.Preset,
        ["train --batch-size"] = Standard.Train.BatchSize,
        ["train --iterations"] = Standard.Train.Iterations,
        ["train --save-interval"] = Standard.Train.SaveInterval,
        ["train --seed"] = Standard.Train.Seed,
        ["swap --trainer"] = Standard.Swap.Trainer,
        ["swap --batch-size"] = Standard.Swap.BatchSize,
        ["swap --iterations"] = Standard.Swap.Iterations,
        ["extract --ref_threshold"] = Standard.Extract.ReferenceThreshold,
        ["extract --min-size"] = Standard.Extract.MinSize,
        ["extract --max-faces"] = Standard.Extract.MaxFaces,
        ["extract --every"] = Standard.Extract.EveryNth,
        ["extract --processes"] = Standard.Extract.Processes,
        ["sort --by"] = Standard.Word(Standard.Sort.Key),
        ["sort --bins"] = Standard.Sort.Bins,
        ["sort --bin-ranges"] = Standard.Sort.BinRanges,
        ["frames-to-video --rate"] = Standard.Rate(Standard.FramesToVideo.FrameRate),
        ["video-to-frames --quality"] = Standard.VideoToFrames.Quality,
        ["video-to-frames --pattern"] = Standard.VideoToFrames.Pattern,
        ["merge --overlap"] = AlignmentsMerge.StandardOverlap,
    };

    // Defaults that stand in the description alone, since not giving the option is something of its own.
    private static readonly Dictionary<string, object> Described = new()
    {
        ["--steady-strength"] = Standard.Convert.SteadyStrength,
        ["convert --fps"] = Standard.Rate(FrameRates.OfImages),
        ["swap --fps"] = Standard.Rate(FrameRates.OfImages),
        ["draw --fps"] = Standard.Rate(FrameRates.OfImages),
        ["smooth --strength"] = LandmarkSmoothing.StandardSigma,
        ["sort --threshold"] = FaceSwap.Pipeline.Sort.SortKeys.Threshold(FaceSwap.Pipeline.Sort.SortKey.Face),
        ["swap --train-time"] = Standard.Swap.TrainTime!.Value.TotalMinutes,
    };

    public static TheoryData<string> CommandNames => [.. Commands().Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(CommandNames))]
    public void Every_default_is_that_of_the_workflow(string name)
    {
        List<string> wrong = [];
        foreach (Option option in Commands().Single(c => c.Name == name).Options)
        {
            string own = $"{name} {option.Name}";
            if (option.HasDefaultValue && option.GetDefaultValue() is { } value && value is not false and not ICollection { Count: 0 }
                && !CommandsOwn.Contains(own) && !CommandsOwn.Contains(option.Name))
            {
                object? owner = Owners.GetValueOrDefault(own) ?? Owners.GetValueOrDefault(option.Name);
                if (owner is null)
                    wrong.Add($"{own} has the default {Text(value)}, and no workflow's options are known that own it");
                else if (Text(owner) != Text(value))
                    wrong.Add($"{own} has the default {Text(value)} where the workflow has {Text(owner)}");
            }
            if (Regex.Match(option.Description ?? "", @"\[default: (\d[\d.]*)") is { Success: true } number
                && Text(Described.GetValueOrDefault(own) ?? Described.GetValueOrDefault(option.Name) ?? "none that is known") is var said && said != number.Groups[1].Value
                && !(own == "bench --seconds" && number.Groups[1].Value == "10"))
                wrong.Add($"{own} says that its default is {number.Groups[1].Value}, and it is {said}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_owner_has_its_option()
    {
        HashSet<string> there = [.. Commands().SelectMany(c => c.Options.SelectMany(o => new[] { o.Name, $"{c.Name} {o.Name}" }))];
        Assert.Superset(new HashSet<string>([.. Owners.Keys, .. Described.Keys, .. CommandsOwn]), there);
    }

    // What the command does without the option is what its help shows.
    [Fact]
    public void The_help_shows_the_default_of_segments()
    {
        string help = Regex.Replace(CliRunner.Run("convert", "--help").Output, @"\s+", " ");
        Assert.Matches($@"--segment-frames <N> [^\[]*\[default: {Standard.Convert.SegmentFrames}\]", help);
    }

    [Fact]
    public void The_documents_name_the_same_numbers()
    {
        Assert.Contains($"the default is {Standard.Convert.SegmentFrames} frames", Document("decisions", "resume.md"));
        Assert.Contains($"Every {Standard.Convert.SegmentFrames} frames the pipeline takes a snapshot", Document("architecture.md"));
    }

    private static string Document(params string[] parts) => File.ReadAllText(Repository.PathOf(["docs", .. parts]));

    private static IEnumerable<FaceSwapCommand> Commands()
    {
        static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
        return All(FaceSwap.Cli.CommandLine.BuildRoot()).OfType<FaceSwapCommand>();
    }

    private static string OnOff(bool value) => value ? "on" : "off";

    private static string Text(object value) => string.Create(CultureInfo.InvariantCulture, $"{value}");
}
