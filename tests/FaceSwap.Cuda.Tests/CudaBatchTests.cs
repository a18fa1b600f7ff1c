using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Tests;
using FaceSwap.Pipeline.Train;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>How training fits itself into a device's memory, on a device that pretends to have little.</summary>
public sealed class CudaBatchTests : CudaTest
{
    private const int FaceCount = 12, FaceBytes = 256 * 256 * 3;

    [Fact]
    public void Auto_takes_what_fits_and_says_so()
    {
        using TempFolder folder = Faces();
        List<string> notes = [];
        TrainSummary all, few;
        using (CudaBackend backend = Open())
            all = Train(backend, Options(folder, 0), notes);
        Assert.Equal(8, all.BatchSize); // of 12 faces: a multiple of 8
        Assert.StartsWith("batch size: 8 (", Assert.Single(notes));

        // Room for the faces and for what three samples need by the estimate, and the margins.
        long needs = PlanMemory.Training(TinyModel.Definition, 3, Precision.Fp32);
        using (CudaBackend backend = Open())
        {
            DeviceMemory before = backend.Memory;
            FakeCuda.fake_cuda_set_memory((before.Total - before.Free) + (2 * FaceCount * FaceBytes) + (needs * 8 / 7) + 4096);
            few = Train(backend, Options(folder, 0, "few"), notes);
        }
        Assert.InRange(few.BatchSize, 2, 7);
        Assert.Equal(2, few.LastIteration);
    }

    [Fact]
    public void When_an_allocation_fails_nevertheless_a_smaller_batch_is_taken()
    {
        using TempFolder folder = Faces();
        using CudaBackend backend = Open();
        // The faces are the first two blocks; the plan's first block is refused, and once more when the pool has been trimmed.
        FakeCuda.fake_cuda_refuse("cuMemAlloc_v2", (int)CudaResult.OutOfMemory, 2, 2);
        TrainSummary done = Train(backend, Options(folder, 0), []);
        Assert.Equal(4, done.BatchSize);
        Assert.Equal(2, done.LastIteration);
    }

    [Fact]
    public void A_batch_that_was_asked_for_is_not_changed_but_refused_in_a_sentence()
    {
        using TempFolder folder = Faces();
        using CudaBackend backend = Open();
        DeviceMemory before = backend.Memory;
        FakeCuda.fake_cuda_set_memory((before.Total - before.Free) + (2 * FaceCount * FaceBytes) + (1 << 20));
        string message = Assert.Throws<NotEnoughMemoryException>(() => Train(backend, Options(folder, 12), [])).Message;
        Assert.Contains("MiB needed", message);
        Assert.Contains("free on cuda:0", message);
        Assert.Contains("--batch-size", message);
        Assert.IsAssignableFrom<UserErrorException>(new NotEnoughMemoryException("x", 1, 0, "here"));
    }

    [Fact]
    public void Inference_fits_too()
    {
        ModelWeights weights = ModelWeights.Initialize(TinyNetwork.Definition, 1);
        using CudaBackend backend = Open();
        BatchChoice choice = BatchFit.Choose(backend.Memory, batch => PlanMemory.Inference(TinyNetwork.Definition, Side.A, batch, Precision.Fp32), 20);
        Assert.Equal(16, choice.Batch);
        DeviceMemory before = backend.Memory;
        using InferencePlan plan = new(backend, weights, Side.A, choice.Batch, Precision.Fp32);
        Assert.InRange(before.Free - backend.Memory.Free, 1, choice.Needed + (before.Free / 16));
    }

    private static TrainSummary Train(CudaBackend backend, TrainOptions options, List<string> notes) =>
        new TrainWorkflow(options, backend, null, notes.Add).Run();

    private static TrainOptions Options(TempFolder folder, int batch, string model = "model") => new()
    {
        InputA = folder["A"],
        InputB = folder["B"],
        ModelDirectory = folder[model],
        Trainer = TinyModel.Name,
        BatchSize = batch,
        Iterations = 2,
    };

    private static TempFolder Faces()
    {
        Assert.Equal("Tiny", TinyModel.Definition.Name); // registers it
        TempFolder folder = new("cuda-faces");
        TrainFaces.Write(folder["A"], FaceCount, 256, 1);
        TrainFaces.Write(folder["B"], FaceCount, 256, 2);
        return folder;
    }
}
