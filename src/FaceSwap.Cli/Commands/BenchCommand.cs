using System.CommandLine;
using FaceSwap.Cli.Bench;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Models;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap bench</c>: how fast this machine is at each part of the work.</summary>
internal sealed class BenchCommand : FaceSwapCommand
{
    private readonly Option<string?> only = Opt.OptionalChoice("--only", [],
        "Measure this part alone [default: train, inference and detect, and convert when there is an --input]", "train", "inference", "detect", "convert");

    private readonly Option<string> trainer = Opt.Choice("--trainer", ["-t"], "Model", "Original", Trainers.Names);
    private readonly Option<long> batch = Opt.Whole("--batch-size", ["-bs"], "Faces in a batch", 16, 1, 4096);
    private readonly Option<TimeSpan?> seconds = Opt.Time("--seconds", [], "Time for each measurement [default: 10]");
    private readonly Option<string?> input = Opt.Optional("--input", ["-i"], "VIDEO", "Video for the whole conversion");
    private readonly Option<string?> json = Opt.Optional("--json", [], "FILE", "Write the numbers as JSON; - is standard output, and then nothing else is written there");
    private readonly Option<string> device = Backends.DeviceOption();
    private readonly Option<string> precision = Backends.PrecisionOption("fp32");

    public BenchCommand() : base("bench", "Measures training, inference, detection and whole conversions on this machine.",
        "faceswap bench",
        "faceswap bench --only train --trainer Original --batch-size 16 --precision bf16 --json -",
        "faceswap bench --only convert --input clip.mp4")
    {
        AddAll(only, trainer, batch, seconds, input, json, device, precision);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        string? part = parsed.GetValue(only);
        string? target = parsed.GetValue(json);
        string? video = parsed.GetValue(input);
        if (part == "convert" && video is null)
            throw new UserErrorException("bench --only convert needs --input VIDEO");
        using IBackend backend = Backends.Open(parsed.GetRequiredValue(device));
        BenchOptions options = new(ModelZoo.Get(parsed.GetRequiredValue(trainer)), (int)parsed.GetValue(batch),
            Backends.Choose(parsed.GetRequiredValue(precision), backend), parsed.GetValue(seconds)?.TotalSeconds ?? 10, video, job.Cancellation);
        BenchResult result = Run(part, backend, options, job);
        if (target != "-")
        {
            foreach (string line in result.Lines())
                Job.Say(line);
        }
        if (target == "-")
            Console.OpenStandardOutput().Write(result.ToJson());
        else if (target is not null)
            AtomicFile.Write(target, "benchmark", stream => stream.Write(result.ToJson()));
        return ExitCode.Done;
    }

    private static BenchResult Run(string? part, IBackend backend, BenchOptions options, Job job)
    {
        BenchResult result = new();
        result.Add("device", backend.Info.Name);
        result.Add("processor", backend.Info.Device);
        result.Add("threads", backend.Info.Threads);
        result.Add("model", options.Model.Name);
        result.Add("batch_size", options.BatchSize);
        result.Add("precision", options.Precision.ToString().ToLowerInvariant());
        double peak = FmaPeak.Measure(backend.Info.Threads);
        result.Add("peak_gflops", peak);
        double? fraction = null;
        if (part is null or "train")
            fraction = TrainBench.Run(backend, options, result, peak);
        if (part is null or "inference")
        {
            double reached = InferenceBench.Run(backend, options, result, peak);
            fraction ??= reached;
        }
        if (fraction is double known)
            result.Add("peak_fraction", known);
        if (part is null or "detect")
            DetectBench.Run(options, result);
        if (part == "convert" || (part is null && options.Input is not null))
            ConvertBench.Run(backend, options, result, job);
        return result;
    }
}
