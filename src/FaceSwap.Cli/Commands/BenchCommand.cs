using System.CommandLine;
using System.Text;
using FaceSwap.Cli.Bench;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Models;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;
using FaceSwap.Pipeline.Weights;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap bench</c>: how fast this machine is at each part of the work.</summary>
internal sealed class BenchCommand : FaceSwapCommand
{
    private readonly Option<string?> only = Opt.OptionalChoice("--only", [],
        $"Measure this part alone [default: {BenchParts.Standard}]", BenchParts.Names);

    private readonly Option<string> trainer = Opt.Choice("--trainer", ["-t"], "Model", "Original", Trainers.Names);
    private readonly Option<long> batch = Opt.Whole("--batch-size", ["-bs"], "Faces in a batch", 16, 1, 4096);
    private readonly Option<TimeSpan?> seconds = Opt.Length("--seconds", [], "Time for each measurement [default: 10]");
    private readonly Option<string?> input = Opt.Optional("--input", ["-i"], "VIDEO", "Video for the whole conversion, and for track");
    private readonly Option<string?> json = Opt.Optional("--json", [], "FILE", "Write the numbers as JSON; - is standard output, and then nothing else is written there");
    private readonly Option<string?> compare = Opt.Optional("--compare", [], "FILE", "Show the change of every number against an earlier --json FILE, and mark what became worse");
    private readonly Option<string?> model = Opt.Optional("--model-dir", ["-m"], "FOLDER",
        "Model for the whole conversion, made there if there is none [default: a fresh one, whose making leaves its mark on the memory]");
    private readonly Option<long> every = Opt.Whole("--detect-every", [], "Frames from one search of the whole frame to the next, for track", TrackingComparison.DefaultStretch, 1, 1000);
    private readonly Option<bool> differences = Opt.Flag("--differences", [], "Print each frame whose faces differ, for track");
    private readonly DetectorChoices detectors = new();
    private readonly DeviceChoices device = new(null);

    public BenchCommand() : base("bench", $"Measures parts of the work on this machine. {BenchParts.Sentence}.",
        "faceswap bench",
        "faceswap bench --only train --trainer Original --batch-size 16 --precision bf16 --json -",
        "faceswap bench --only convert --input clip.mp4",
        "faceswap bench --only convert --input clip.mp4 --json after.json --compare before.json")
    {
        AddAll(only, trainer, batch, seconds, input, model, json, compare, every, differences);
        AddAll(detectors.All);
        AddAll(device.All);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        string? part = parsed.GetValue(only);
        string? target = parsed.GetValue(json);
        string? video = parsed.GetValue(input);
        if (part is not null && BenchParts.NeedsInput(part) && video is null)
            throw new UserErrorException($"bench --only {part} needs --input VIDEO");
        if (part != BenchParts.Track && parsed.GetValue(differences))
            throw new UserErrorException("--differences are those that --only track finds; give that too");
        // Read first: it may be the file that this run writes.
        BenchComparison? earlier = parsed.GetValue(compare) is { } file ? BenchComparison.Load(file) : null;
        using IBackend backend = device.Open(parsed, job);
        ReasonedPrecision training = device.Choose(parsed, backend, training: true);
        BenchOptions options = new(ModelZoo.Get(parsed.GetRequiredValue(trainer)), (int)parsed.GetValue(batch),
            training, parsed.GetValue(seconds)?.TotalSeconds ?? 10, video, job.Cancellation)
        {
            // A GPU is compared with itself in one precision.
            InferenceChoice = Backends.IsCuda(backend) ? training : device.Choose(parsed, backend, training: false),
            ModelDirectory = parsed.GetValue(model),
        };
        BenchResult result = Run(part, backend, () => device.Open(parsed, null), parsed.GetValue(detectors.Models), options, job);
        if (part == BenchParts.Track)
            Track(parsed, options, result);
        if (target != "-")
        {
            foreach (string line in earlier?.Lines(result) ?? result.Lines())
                Job.Say(line);
        }
        if (target == "-")
            Console.Out.Write(Encoding.UTF8.GetString(result.ToJson()));
        else if (target is not null)
            AtomicFile.Write(target, "benchmark", stream => stream.Write(result.ToJson()));
        return ExitCode.Done;
    }

    public override bool PrintsItsResult(ParseResult parsed) => parsed.GetValue(json) is null or "-";

    private void Track(ParseResult parsed, BenchOptions options, BenchResult result) =>
        TrackBench.Run(options, (int)parsed.GetValue(every), new FaceDetectors(parsed.GetRequiredValue(detectors.Detector), parsed.GetValue(detectors.Models)), result,
            parsed.GetValue(differences) && parsed.GetValue(json) != "-" ? static (frame, what) => Job.Say($"frame {frame}: {what}") : null);

    private static BenchResult Run(string? part, IBackend backend, Func<IBackend> open, string? models, BenchOptions options, Job job)
    {
        BenchResult result = new();
        result.Add("device", backend.Info.Name);
        result.Add("processor", backend.Info.Device);
        result.Add("threads", backend.Info.Threads);
        result.Add("model", options.Model.Name);
        result.Add("batch_size", options.BatchSize);
        result.Add("precision", options.TrainingChoice.Name);
        result.Add("precision_why", options.TrainingChoice.Why);
        if (options.InferenceChoice != options.TrainingChoice)
        {
            result.Add("inference_precision", options.InferenceChoice.Name);
            result.Add("inference_precision_why", options.InferenceChoice.Why);
        }
        bool Wanted(string name) => BenchParts.Wanted(name, part, options.Input is not null);
        bool trains = Wanted(BenchParts.Train), infers = Wanted(BenchParts.Inference);
        if (trains || infers)
        {
            // Before and after, and the better of the two: a clock that rose meanwhile must not flatter the result.
            Ceilings ceilings = Ceilings.Measure(backend, options.Precision);
            double? train = trains ? TrainBench.Run(backend, options, result) : null;
            double? inference = infers ? InferenceBench.Run(backend, options, result) : null;
            ceilings = ceilings.Max(Ceilings.Measure(backend, options.Precision));
            ceilings.AddTo(result);
            if (train is double t)
                result.Add("train_peak_fraction", t / ceilings.Fp32Gflops);
            if (inference is double i)
                result.Add("inference_peak_fraction", i / ceilings.Fp32Gflops);
            result.Add("peak_fraction", (train ?? inference)!.Value / ceilings.Fp32Gflops);
        }
        if (Wanted(BenchParts.TrainLoop))
            TrainLoopBench.Run(backend, options, result, job);
        if (Wanted(BenchParts.Kernels))
            KernelsBench.Run(backend, options, result);
        if (Wanted(BenchParts.Detect))
        {
            DetectBench.Run(options, result);
            if (WeightStore.Find(WeightCatalog.Detector, models) is { } weights)
                CnnBench.Run(options, open, weights, result);
        }
        if (Wanted(BenchParts.Blend))
            BlendBench.Run(options, result);
        bool converts = Wanted(BenchParts.Convert);
        if (converts)
            ConvertBench.Run(backend, options, result, job);
        if (converts || Wanted(BenchParts.ConvertRest))
            ConvertBench.RunRest(options, result);
        return result;
    }
}
