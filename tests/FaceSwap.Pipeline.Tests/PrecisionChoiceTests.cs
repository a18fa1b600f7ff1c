using FaceSwap.Cli.Doctor;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Embedding;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Train;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>In which precision jobs compute: as asked for, as they were begun, or as the device prefers.</summary>
[Collection("engine")]
public sealed class PrecisionChoiceTests : IDisposable
{
    private const int Frames = 40;

    private readonly TempFolder folder = new("precision");
    private readonly List<string> warnings = [], notes = [];

    public void Dispose() => folder.Dispose();

    private static FickleBackend Prefers(Precision precision, bool measures = true) => new(new CpuBackend(1), precision) { Measured = measures ? new PrecisionRates(401e9, 172e9) : null };

    private ConvertOptions Conversion(UnfinishedWork mode = UnfinishedWork.Resume)
    {
        _ = TinyModel.Definition; // registers it
        if (!File.Exists(folder["clip.mkv"]))
            ConvertClip.WriteAlignments(ConvertClip.Write(folder, Frames), Frames);
        return new ConvertOptions
        {
            Input = folder["clip.mkv"],
            Output = folder["out.mp4"],
            ModelDirectory = Directory.Exists(folder["model"]) ? folder["model"] : ConvertClip.Model(folder),
            BatchSize = 2,
            SegmentFrames = 7,
            Unfinished = mode,
        };
    }

    private ConvertSummary Convert(ConvertOptions options, Precision preferred, long stopAfter = long.MaxValue)
    {
        using FickleBackend backend = Prefers(preferred);
        using CancellationTokenSource stop = new();
        return new ConvertWorkflow(options with { FrameWritten = n => CancelAt(stop, n, stopAfter) }, backend, warnings.Add, notes.Add).Run(null, stop.Token);
    }

    private static void CancelAt(CancellationTokenSource stop, long frames, long after)
    {
        if (frames >= after)
            stop.Cancel();
    }

    [Fact]
    public void A_conversion_goes_on_in_the_precision_it_was_begun_in()
    {
        ConvertOptions options = Conversion();
        Convert(options with { Output = folder["whole.mp4"] }, Precision.Tf32);
        Assert.ThrowsAny<OperationCanceledException>(() => Convert(options, Precision.Tf32, stopAfter: 20));
        // What is asked for now is another conversion.
        Assert.Contains("--precision was Tf32 and is Fp32 now", Assert.Throws<UserErrorException>(() => Convert(options with { Precision = Precision.Fp32 }, Precision.Tf32)).Message);
        notes.Clear();
        Assert.Equal(14, Convert(options, Precision.Fp32).FramesResumed);
        Assert.Contains("precision: tf32, in which this was begun", notes);
        Assert.Equal(File.ReadAllBytes(folder["whole.mp4"]), File.ReadAllBytes(options.Output));
        // It is finished, and not begun again because the device would take another precision now.
        Assert.Equal(Frames, Convert(options, Precision.Fp32).FramesResumed);
        // Begun anew, it is chosen anew.
        notes.Clear();
        Assert.Equal(0, Convert(options with { Unfinished = UnfinishedWork.Restart }, Precision.Fp32).FramesResumed);
        Assert.Contains("precision: fp32 (401 GFLOP/s in fp32, 172 in bf16)", notes);
        Assert.Contains("\"precision\": \"Fp32\"", File.ReadAllText(folder["out.provenance.json"]));
    }

    [Fact]
    public void Of_several_all_are_in_the_precision_of_the_one_that_is_gone_on_with()
    {
        ConvertOptions options = Conversion() with { Provenance = false };
        File.Copy(options.Input, folder["second.mkv"]);
        ConvertClip.WriteAlignments(folder["second.mkv"], Frames);
        ConvertFile[] files = [new(options.Input, folder["out/clip.mkv"]), new(folder["second.mkv"], folder["out/second.mkv"])];
        ConvertManySummary All(Precision preferred, long stopAfter = long.MaxValue)
        {
            using FickleBackend backend = Prefers(preferred);
            using CancellationTokenSource stop = new();
            return new ConvertManyWorkflow(options with { FrameWritten = n => CancelAt(stop, n, stopAfter) }, files, backend).Run(null, stop.Token);
        }
        Assert.ThrowsAny<OperationCanceledException>(() => All(Precision.Tf32, Frames + 30));
        // The first was finished, or its segments were joined just then.
        ConvertManySummary done = All(Precision.Fp32);
        Assert.InRange(done.Files[0].Summary!.FramesResumed, 35, Frames);
        Assert.Equal(28, done.Files[1].Summary!.FramesResumed);
        // All are finished; the hidden records tell in what.
        Assert.Equal([Frames, Frames], All(Precision.Fp32).Files.Select(f => f.Summary!.FramesResumed));
    }

    [Fact]
    public void Training_goes_on_in_the_precision_it_was_begun_in()
    {
        Assert.Equal("Tiny", TinyModel.Definition.Name);
        TrainFaces.Write(folder["A"], 2, 64, 1);
        TrainFaces.Write(folder["B"], 2, 64, 2);
        int iterations = 0;
        Precision Train(IBackend backend, Precision? wanted, Precision? fresh)
        {
            using (backend)
            {
                new TrainWorkflow(new TrainOptions
                {
                    InputA = folder["A"],
                    InputB = folder["B"],
                    ModelDirectory = folder["trained"],
                    Trainer = TinyModel.Name,
                    BatchSize = 2,
                    Iterations = ++iterations,
                    Precision = wanted,
                    NewPrecision = fresh,
                }, backend, warnings.Add, notes.Add).Run();
            }
            using CheckpointFolder saved = CheckpointFolder.ForReading(folder["trained"]);
            return saved.Open().State.Precision;
        }
        void Warned(string? sentence)
        {
            warnings.RemoveAll(w => w.Contains("resized", StringComparison.Ordinal));
            Assert.Equal(sentence is null ? [] : [sentence], warnings);
            warnings.Clear();
        }

        Assert.Equal(Precision.Tf32, Train(Prefers(Precision.Tf32), null, null));
        Assert.Contains("precision: tf32 (401 GFLOP/s in fp32, 172 in bf16)", notes);
        // auto would say otherwise now, and so would the standard of a new model.
        Assert.Equal(Precision.Tf32, Train(Prefers(Precision.Fp32), null, null));
        Assert.Contains("precision: tf32, in which this was begun", notes);
        Assert.Equal(Precision.Tf32, Train(Prefers(Precision.Fp32), null, Precision.Fp32));
        Warned(null);
        // What is asked for is done.
        Assert.Equal(Precision.Fp32, Train(Prefers(Precision.Tf32), Precision.Fp32, null));
        Warned("The model was trained in tf32 and goes on in fp32.");
        // A GPU has its own preference, the same every time.
        Assert.Equal(Precision.Tf32, Train(Prefers(Precision.Tf32, measures: false), null, null));
        Warned("The model was trained in fp32 and goes on in tf32.");
        // A device that does not have it.
        Assert.Equal(Precision.Fp32, Train(new CpuBackend(1), null, Precision.Fp32));
        Warned("The model was trained in tf32 and goes on in fp32.");
    }

    [Fact]
    public void A_converter_for_other_programs_asks_the_device()
    {
        ConvertOptions options = Conversion();
        using FickleBackend backend = Prefers(Precision.Tf32);
        using (FaceSwapConverter.Load(new FaceSwapConverterOptions { ModelDirectory = options.ModelDirectory, BatchSize = 1 }, backend))
            Assert.Equal([false], backend.Asked);
        using FaceSwapConverter exact = FaceSwapConverter.Load(new FaceSwapConverterOptions { ModelDirectory = options.ModelDirectory, BatchSize = 1, Precision = Precision.Fp32 }, backend);
        Assert.Equal([false], backend.Asked);
    }

    [Theory]
    [InlineData(401, 172, Precision.Fp32, true)]
    [InlineData(400, 700, Precision.Bf16, false)]
    [InlineData(400, 400, Precision.Fp32, false)]
    public void Auto_is_the_faster_one_and_a_slow_one_that_is_asked_for_is_told_of(double fp32, double bf16, Precision auto, bool told)
    {
        PrecisionRates rates = new(fp32 * 1e9, bf16 * 1e9);
        using FickleBackend backend = new(new CpuBackend(1), rates.Best) { Measured = rates };
        foreach (bool training in (bool[])[false, true])
        {
            Assert.Equal(auto, WorkPrecision.Choose(backend, training, null, null, null, warnings.Add, notes.Add));
            Assert.Equal(Precision.Bf16, WorkPrecision.Choose(backend, training, null, Precision.Bf16, null, warnings.Add, notes.Add));
            Assert.Empty(warnings);
            Assert.Equal(Precision.Bf16, WorkPrecision.Choose(backend, training, Precision.Bf16, Precision.Fp32, null, warnings.Add, notes.Add));
            Assert.Equal(told ? [$"bf16 is slower than fp32 on this processor ({rates}); --precision auto takes the faster one"] : [], warnings);
            warnings.Clear();
            Assert.Equal(Precision.Fp32, WorkPrecision.Choose(backend, training, Precision.Fp32, Precision.Bf16, null, warnings.Add, notes.Add));
            Assert.Empty(warnings);
            Assert.Equal((auto, $"auto, measured: {rates}"), (ReasonedPrecision.Auto(backend, training).Precision, ReasonedPrecision.Auto(backend, training).Why));
            Assert.Equal(told ? $"asked for, though slower: {rates}" : "asked for", ReasonedPrecision.Asked(Precision.Bf16, backend, training).Why);
        }
    }

    [Fact]
    public void Doctor_shows_both_rates_and_what_auto_takes()
    {
        string Doctor(PrecisionRates inference, PrecisionRates training) =>
            string.Join('\n', PrecisionFacts.Describe(new CpuPrecisionRates(inference, training), 2).Select(f => $"{f.Name}: {f.Value}"));
        Assert.Equal("""
            fp32: 401 GFLOP/s converting, 390 training, measured once on 2 thread(s)
            bf16: 172 GFLOP/s converting, 160 training
            precision: auto takes fp32 on the processor (bf16 where it is at least 1.1 times as fast)
            """, Doctor(new(401e9, 172e9), new(390e9, 160e9)), ignoreLineEndingDifferences: true);
        Assert.Contains("auto takes bf16, and fp32 to train on the processor", Doctor(new(400e9, 700e9), new(390e9, 400e9)));
        Assert.Contains("bf16: this processor has no instructions for it", Doctor(new(90e9, 0), new(80e9, 0)));
    }
}
