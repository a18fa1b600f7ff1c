using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Interop;

namespace FaceSwap.Models.Tests;

/// <summary>After warm-up neither an iteration nor a run of the network allocates, managed or native.</summary>
[Collection("engine")]
public class AllocationTests
{
    // One thread: handing loops to the thread pool, which the reference backend does otherwise, allocates.
    [Fact]
    public void ReferenceTrainingAllocatesNothing()
    {
        using var backend = new CountingBackend(new ReferenceBackend(threads: 1));
        TrainingAllocatesNothing(backend, TinyNetwork.Definition, Precision.Fp32);
    }

    [Fact]
    public void ReferenceInferenceAllocatesNothing()
    {
        using var backend = new CountingBackend(new ReferenceBackend(threads: 1));
        InferenceAllocatesNothing(backend, TinyNetwork.Definition, Precision.Fp32);
    }

    [SkippableTheory]
    [InlineData(Precision.Fp32, CpuProducts.Own)]
    [InlineData(Precision.Bf16, CpuProducts.Own)]
    [InlineData(Precision.Fp32, CpuProducts.OneDnn)]
    [InlineData(Precision.Bf16, CpuProducts.OneDnn)]
    public void CpuAllocatesNothing(Precision precision, CpuProducts products)
    {
        using var backend = new CountingBackend(new CpuBackend(products: products));
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        TrainingAllocatesNothing(backend, TinyNetwork.Definition, precision);
        InferenceAllocatesNothing(backend, TinyNetwork.Definition, precision);
    }

    private static void TrainingAllocatesNothing(CountingBackend backend, ModelDefinition model, Precision precision)
    {
        using var rig = new TrainingRig(backend, model, 2, precision);
        AllocatesNothing(backend, () =>
        {
            rig.Plan.RunIteration();
            rig.Plan.ReadLosses();
        });
    }

    private static void InferenceAllocatesNothing(CountingBackend backend, ModelDefinition model, Precision precision)
    {
        using var plan = new InferencePlan(backend, ModelWeights.Initialize(model, 1), Side.A, 2, precision);
        float[] input = TinyNetwork.Images(2, 0), output = new float[input.Length];
        AllocatesNothing(backend, () => plan.Run(input, output));
    }

    private static void AllocatesNothing(CountingBackend backend, Action step)
    {
        for (int i = 0; i < 3; i++)
            step();
        IReadOnlyDictionary<string, long> handles = HandleCounters.Live;
        int calls = backend.Creations;
        long managed = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++)
            step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - managed);
        Assert.Equal(calls, backend.Creations);
        Assert.Equal(handles, HandleCounters.Live);
    }
}
