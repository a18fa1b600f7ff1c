using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Embedding;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap pipe</c>: a filter between other programs, yuv4mpeg in and out.</summary>
internal sealed class PipeCommand : FaceSwapCommand
{
    private readonly Option<string> model = Opt.Required("--model-dir", ["-m"], "DIR", "Folder of the trained model");
    private readonly Option<string?> trainer = Opt.OptionalChoice("--trainer", ["-t"], "Kind of model expected in the folder", Trainers.Names);
    private readonly Option<bool> swap = Opt.Flag("--swap-model", ["-s"], "Convert B to A instead of A to B");
    private readonly DetectorChoices detector = new();
    private readonly BlendChoices blend = new(Standard.Pipe.Blend.Color);
    private readonly Option<string> steady = Opt.Switch("--steady", [], "Holds faces still where their landmarks shake", Standard.Pipe.Steady);
    private readonly Option<long> every = Opt.Whole("--detect-every", [], "Search every N-th frame wholly for faces and follow them in between; 1 searches every frame", Standard.Pipe.DetectEvery, 1, 1000);
    private readonly Option<bool> live = Opt.Flag("--low-latency", [], "For live sources: each frame leaves as soon as it can, at a lower rate");
    private readonly Option<long> batch = Opt.WholeOrAuto("--batch-size", ["-bs"], "Faces in a network batch; auto takes as many as the device gains from", Standard.Pipe.BatchSize, 0, 4096);
    private readonly DeviceChoices device = new("auto");

    public PipeCommand() : base("pipe", "Converts a yuv4mpeg stream from standard input to standard output, as a filter between other programs.",
        "ffmpeg -i A.mp4 -f yuv4mpegpipe -pix_fmt yuv420p - | faceswap pipe -m model | ffmpeg -f yuv4mpegpipe -i - swapped.mp4")
    {
        AddAll(model, trainer, swap);
        AddAll(detector.All);
        AddAll(blend.All);
        AddAll(steady, every, live, batch);
        AddAll(device.All);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        if (!StandardDescriptors.IsOpen(StandardDescriptors.Input))
            throw new UserErrorException("pipe reads a yuv4mpeg stream from standard input, which is closed; see 'faceswap pipe --help' for a command line with ffmpeg");
        if (!StandardDescriptors.IsOpen(StandardDescriptors.Output))
            throw new UserErrorException("pipe writes a yuv4mpeg stream to standard output, which is closed; see 'faceswap pipe --help' for a command line with ffmpeg");
        if (!Console.IsInputRedirected)
            throw new UserErrorException("pipe reads a yuv4mpeg stream from standard input, which is a terminal; see 'faceswap pipe --help' for a command line with ffmpeg");
        if (!Console.IsOutputRedirected)
            throw new UserErrorException("pipe writes a yuv4mpeg stream to standard output, which is a terminal; see 'faceswap pipe --help' for a command line with ffmpeg");
        using IBackend backend = device.Open(parsed, job);
        FaceSwapConverterOptions options = new()
        {
            ModelDirectory = parsed.GetRequiredValue(model),
            Trainer = parsed.GetValue(trainer),
            SwapModel = parsed.GetValue(swap),
            Detector = parsed.GetRequiredValue(detector.Detector),
            ModelsDirectory = parsed.GetValue(detector.Models),
            Blend = blend.Read(parsed),
            Steady = parsed.GetRequiredValue(steady) == "on",
            DetectEvery = (int)parsed.GetValue(every),
            BatchSize = (int)parsed.GetValue(batch),
            Precision = device.Asked(parsed, backend),
        };
        if (parsed.GetValue(live))
            options = options.LowLatency();
        using FaceSwapConverter converter = FaceSwapConverter.Load(options, backend, job.Warn);
        (long frames, long faces) = job.Run((progress, cancellation) => new PipeWorkflow(converter)
            .RunAsync(Input(cancellation), Output(cancellation), progress, cancellation).GetAwaiter().GetResult());
        job.Note($"pipe: {frames} frames, {faces} faces replaced; mark what is made of them as altered, for example with ffmpeg -metadata comment=\"{Provenance.Statement}\"");
        return ExitCode.Done;
    }

    // The console's own streams wait for the other program whatever happens, and take a closed pipe for success.
    private static Stream Input(CancellationToken cancellation) =>
        OperatingSystem.IsWindows() ? Console.OpenStandardInput() : DescriptorStream.Input(cancellation);

    private static Stream Output(CancellationToken cancellation) =>
        OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : DescriptorStream.Output(cancellation);
}
