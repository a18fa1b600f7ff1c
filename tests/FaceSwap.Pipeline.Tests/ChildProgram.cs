using System.Globalization;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Resume;

namespace FaceSwap.Pipeline.Tests;

/// <summary>
/// This test assembly as a program of its own, for tests that kill a process: <c>dotnet FaceSwap.Pipeline.Tests.dll train MODEL_FOLDER</c>
/// trains the tiny model for ever, goes on from what the folder holds, begins a save after every iteration, and prints <c>saved N</c> when it is
/// complete; <c>convert MODEL_FOLDER INPUT OUTPUT</c> converts with a tiny model and prints <c>frame N</c> for frames written; <c>resume</c>
/// does so in segments and goes on with what an earlier one left; <c>extract INPUT OUTPUT</c>
/// extracts with one worker, goes on from what there is, saves after every frame if it can, and prints <c>frame N</c> for frames done.
/// </summary>
internal static class ChildProgram
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["train", string model]:
                Train(model);
                return 0;
            case ["convert", string model, string input, string output]:
                Convert(new ConvertOptions { Input = input, Output = output, ModelDirectory = model, BatchSize = 2 });
                return 0;
            case ["resume", string model, string input, string output, string segment, .. string[] ranges]:
                Convert(new ConvertOptions
                {
                    Input = input,
                    Output = output,
                    ModelDirectory = model,
                    BatchSize = 2,
                    SegmentFrames = int.Parse(segment, CultureInfo.InvariantCulture),
                    Unfinished = UnfinishedWork.Resume,
                    Ranges = ranges.Length > 0 ? FrameRanges.Parse(ranges) : null,
                    DiscardFrames = ranges.Length > 0,
                });
                return 0;
            case ["extract", string input, string output]:
                Extract(input, output);
                return 0;
            default:
                Console.Error.WriteLine("usage: train MODEL_FOLDER | convert MODEL_FOLDER INPUT OUTPUT | resume MODEL_FOLDER INPUT OUTPUT SEGMENT_FRAMES [RANGE ...] | extract INPUT OUTPUT");
                return 2;
        }
    }

    private sealed class FrameLines : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => Console.WriteLine($"frame {value.Done}");
    }

    private static void Convert(ConvertOptions options)
    {
        _ = TinyModel.Definition; // registers it
        using CpuBackend backend = new(1);
        new ConvertWorkflow(options with { FrameWritten = n => Console.WriteLine($"frame {n}") }, backend).Run();
        Console.WriteLine("complete");
    }

    private static void Extract(string input, string output)
    {
        new ExtractWorkflow(new ExtractOptions { Input = input, OutputDirectory = output, SkipExisting = true, Processes = 1, SaveEvery = TimeSpan.FromMilliseconds(1) })
            .Run(new FrameLines());
        Console.WriteLine("complete");
    }

    private static void Train(string path)
    {
        ModelDefinition model = TinyModel.Definition;
        TrainingSettings settings = new(1, Precision.Fp32, model.LearningRate, 1);
        using CpuBackend backend = new(1);
        using FaceSet a = TinyModel.Faces(backend, 2, 1), b = TinyModel.Faces(backend, 2, 2);
        using CheckpointFolder folder = CheckpointFolder.Reserve(path, Interop.DurableFolder.Flush);
        using TrainingSession session = folder.HasCheckpoint
            ? TrainingSession.Resume(backend, folder.Open(model.Name), settings, a, b)
            : new TrainingSession(backend, model, settings, a, b);
        long first = session.Iteration;
        while (true)
        {
            session.RunIteration();
            folder.CompleteSave();
            if (session.Iteration > first + 1)
                Console.WriteLine($"saved {session.Iteration - 1}");
            session.BeginSave(folder);
        }
    }
}
