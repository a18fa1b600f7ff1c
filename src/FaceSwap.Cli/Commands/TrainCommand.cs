using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Models;
using FaceSwap.Pipeline.Train;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap train</c>: a model on the faces of two people.</summary>
internal sealed class TrainCommand : FaceSwapCommand
{
    private readonly Option<string> inputA = Opt.Required("--input-A", ["-A"], "DIR", "Folder of aligned faces of person A");
    private readonly Option<string> inputB = Opt.Required("--input-B", ["-B"], "DIR", "Folder of aligned faces of person B");
    private readonly Option<string> model = Opt.Required("--model-dir", ["-m"], "DIR", "Folder of the model; training continues what it holds");

    private readonly Option<string?> trainer = Opt.OptionalChoice("--trainer", ["-t"],
        "Kind of a new model [default: that of the model folder, otherwise Original]", Trainers.Names);

    private readonly Option<long> batch = Opt.WholeOrAuto("--batch-size", ["-bs"], "Faces in a batch; auto takes the largest that fits into the device's memory", Standard.Train.BatchSize, 1, 4096);
    private readonly Option<long> iterations = Opt.Whole("--iterations", ["-it"], "Stop when the model has had N iterations in all; 0 is no such limit", Standard.Train.Iterations, 0, long.MaxValue);
    private readonly Option<TimeSpan?> time = Opt.Length("--time-limit", ["-tl"], "Stop after this time: 90, 3m, 1.5h, 1:30");
    private readonly Option<double?> loss = Opt.Positive("--target-loss", [], "LOSS", "Stop when the mean loss of the last 100 iterations is at most this");
    private readonly Option<long> save = Opt.Whole("--save-interval", ["-s"], "Iterations between saves", Standard.Train.SaveInterval, 1);
    private readonly Option<string?> preview = Opt.Optional("--preview", ["-p"], "FILE", "Picture of original, own and swapped faces, written at every save");
    private readonly Option<string?> curve = Opt.Optional("--loss-curve", [], "FILE", "Picture of the losses [default: loss.png in the model folder]");
    private readonly Option<double?> rate = Opt.Positive("--learning-rate", ["-lr"], "RATE", "Learning rate [default: the model's own]");
    private readonly Option<long> seed = Opt.Whole("--seed", [], "Seed of a new model and its samples: the same seed gives the same model", (long)Standard.Train.Seed, 0, long.MaxValue);
    private readonly DeviceChoices device = new(null);

    public TrainCommand() : base("train", "Trains a model on the faces of two people; Ctrl+C saves and stops, the same command continues.",
        "faceswap train -A faces_A -B faces_B -m model -t Light -bs 16 --time-limit 3m -p preview.png",
        "faceswap train --input-A faces_A --input-B faces_B --model-dir model --trainer Original --iterations 20000 --precision bf16")
    {
        AddAll(inputA, inputB, model, trainer, batch, iterations, time, loss, save, preview, curve, rate, seed);
        AddAll(device.All);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        using IBackend backend = device.Open(parsed, job);
        TrainOptions options = new()
        {
            InputA = parsed.GetRequiredValue(inputA),
            InputB = parsed.GetRequiredValue(inputB),
            ModelDirectory = parsed.GetRequiredValue(model),
            Trainer = parsed.GetValue(trainer),
            BatchSize = (int)parsed.GetValue(batch),
            Precision = device.Asked(parsed, backend),
            NewPrecision = device.Standard(parsed, backend),
            LearningRate = (float?)parsed.GetValue(rate),
            Seed = (ulong)parsed.GetValue(seed),
            Iterations = parsed.GetValue(iterations),
            TimeLimit = parsed.GetValue(time),
            TargetLoss = parsed.GetValue(loss),
            SaveInterval = (int)parsed.GetValue(save),
            PreviewPath = parsed.GetValue(preview),
            LossCurvePath = parsed.GetValue(curve),
        };
        TrainSummary done = job.Run((progress, cancellation) => new TrainWorkflow(options, backend, job.Warn, job.Note).Run(progress, cancellation));
        Report.Train(done, options.ModelDirectory);
        return done.Stop == TrainStop.Cancelled ? ExitCode.Interrupted : ExitCode.Done;
    }
}
