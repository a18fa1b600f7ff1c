using FaceSwap.Compute;
using FaceSwap.Compute.Reference;
using FaceSwap.Models;
using FaceSwap.Models.Tests;

namespace FaceSwap.Pipeline.Tests;

/// <summary>
/// This test assembly as a program of its own, for tests that kill a process: <c>dotnet FaceSwap.Pipeline.Tests.dll train MODEL_FOLDER</c>
/// trains the tiny model for ever, goes on from what the folder holds, begins a save after every iteration, and prints <c>saved N</c> when it is complete.
/// </summary>
internal static class ChildProgram
{
    private static int Main(string[] arguments)
    {
        if (arguments is not ["train", string path])
        {
            Console.Error.WriteLine("usage: train MODEL_FOLDER");
            return 2;
        }
        ModelDefinition model = TinyModel.Definition;
        TrainingSettings settings = new(1, Precision.Fp32, model.LearningRate, 1);
        using ReferenceBackend backend = new(1);
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
