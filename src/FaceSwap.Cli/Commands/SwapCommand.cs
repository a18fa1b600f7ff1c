using System.CommandLine;
using System.Text;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Swap;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap swap</c>: extract, train and convert in one go.</summary>
internal sealed class SwapCommand : FaceSwapCommand
{
    private readonly Argument<string> inputA = new("A") { Description = "The video that is converted: its face is replaced" };
    private readonly Argument<string> inputB = new("B") { Description = "The video of the face that is put in" };
    private readonly Option<string> output = Opt.Required("--output", ["-o"], "FILE", "The converted video");

    private readonly Option<string?> work = Opt.Optional("--work-dir", ["-w"], "DIR",
        "Folder for faces, alignments and the model; a second run continues with it [default: OUTPUT.swap]");

    private readonly DetectorChoices detector = new();
    private readonly Option<string> trainer = Opt.Choice("--trainer", ["-t"], "Model to train", Standard.Swap.Trainer, Trainers.Names);
    private readonly Option<long> batch = Opt.WholeOrAuto("--batch-size", ["-bs"], "Faces in a batch of training; auto takes the largest that fits into the device's memory", Standard.Swap.BatchSize, 1, 4096);
    private readonly Option<TimeSpan?> time = Opt.Length("--train-time", ["-tt"], FormattableString.Invariant($"Time to train: 90, 3m, 1.5h [default: {Standard.Swap.TrainTime!.Value.TotalMinutes}m, or none with --iterations]"));
    private readonly Option<long> iterations = Opt.Whole("--iterations", ["-it"], "Iterations to train in all; 0 is no such limit", Standard.Swap.Iterations, 0, long.MaxValue);
    private readonly Option<double?> loss = Opt.Positive("--target-loss", [], "LOSS",
        "Train until the mean loss of the last 100 iterations is at most this, within --train-time; a warning says when it was not reached");
    private readonly ResultChoices result = new(SwapOptions.StandardColor);
    private readonly Option<string?> sheet = Opt.Optional("--contact-sheet", [], "FILE", "Picture of moments of the result, original and swapped side by side");
    private readonly Option<string?> summary = Opt.Optional("--summary", [], "FILE", "Markdown table of the stages' times and rates");
    private readonly DeviceChoices device = new(null);

    public SwapCommand() : base("swap", "Does it all: extracts both faces, trains, and converts video A to the face of B.",
        "faceswap swap person_A.mp4 person_B.mp4 -o swapped.mp4",
        "faceswap swap A.mp4 B.mp4 -o swapped.mp4 --train-time 20m --trainer Original --precision auto",
        "faceswap swap A.mp4 B.mp4 -o part.mp4 --frame-ranges 100-400 --discard-frames --crf 20 --preset fast")
    {
        Add(inputA);
        Add(inputB);
        AddAll(output, work);
        AddAll(detector.All);
        AddAll(trainer, batch, time, iterations, loss);
        AddAll(result.All);
        AddAll(sheet, summary);
        AddAll(device.All);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        using IBackend backend = device.Open(parsed, job);
        using FaceDevice faces = device.Faces(parsed, null);
        long limit = parsed.GetValue(iterations);
        string folder = parsed.GetValue(work) ?? SwapOptions.WorkDirectoryOf(parsed.GetRequiredValue(output));
        SwapOptions options = new()
        {
            Conversion = result.Read(parsed, new ConvertOptions
            {
                Input = parsed.GetRequiredValue(inputA),
                Output = parsed.GetRequiredValue(output),
                ModelDirectory = Path.Combine(folder, "model"),
                Precision = device.Asked(parsed, backend),
            }),
            InputB = parsed.GetRequiredValue(inputB),
            WorkDirectory = folder,
            Detector = parsed.GetRequiredValue(detector.Detector),
            ModelsDirectory = parsed.GetValue(detector.Models),
            FaceDevice = faces,
            Trainer = parsed.GetRequiredValue(trainer),
            BatchSize = (int)parsed.GetValue(batch),
            Precision = device.Asked(parsed, backend),
            NewPrecision = device.Standard(parsed, backend),
            TrainTime = parsed.GetValue(time) ?? (limit > 0 ? null : Standard.Swap.TrainTime),
            Iterations = limit,
            TargetLoss = parsed.GetValue(loss),
        };
        string[] others = [options.Conversion.Input, options.InputB, ConvertWorkflow.Place(options.Conversion.Output)];
        if (parsed.GetValue(sheet) is string wantedSheet)
            OutputFile.Require(wantedSheet, "the contact sheet", "--contact-sheet", others);
        if (parsed.GetValue(summary) is string wantedTable)
            OutputFile.Require(wantedTable, "the summary", "--summary", others);
        SwapSummary done = job.Run((progress, cancellation) => new SwapWorkflow(options, backend, () => device.Open(parsed, null), job.Warn, job.Note).Run(progress, cancellation));
        Report.Extract(done.ExtractA);
        Report.Extract(done.ExtractB);
        Report.Train(done.Train, options.Conversion.ModelDirectory);
        Report.Convert(done.Convert);
        Job.Say(StageTable.Of(done));
        try
        {
            if (parsed.GetValue(sheet) is string picture)
                ContactSheet.Write(picture, options.Conversion, done.Convert.Frames, cancellation: job.Cancellation);
            if (parsed.GetValue(summary) is string table)
                AtomicFile.Write(table, "summary", stream => stream.Write(Encoding.UTF8.GetBytes(StageTable.Of(done))));
        }
        catch (UserErrorException e)
        {
            job.Warn(e.Message); // the video is there
        }
        return ExitCode.Done;
    }
}
