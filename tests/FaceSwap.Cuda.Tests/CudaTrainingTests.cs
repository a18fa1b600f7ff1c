using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Reference;
using FaceSwap.Interop;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>Training on the CUDA backend: a whole iteration is one graph, with the reference backend's results.</summary>
public class CudaTrainingTests : CudaTest
{
    private static readonly TrainingSettings Settings = new(3, Precision.Fp32, 1e-3f, 11);

    // Losses agree as the products' and the samples' roundings allow: relative 1e-4 in fp32; a pixel of a sample may differ in its last bit.
    [Theory]
    [InlineData(Precision.Fp32, 1e-4)]
    [InlineData(Precision.Tf32, 5e-3)]
    [InlineData(Precision.Bf16, 3e-2)]
    public void A_recorded_iteration_gives_the_references_losses(Precision precision, double tolerance)
    {
        using ReferenceBackend reference = new(1);
        using CudaBackend cuda = Open();
        using TrainingRig expected = new(reference, TinyNetwork.Definition, 2), actual = new(cuda, TinyNetwork.Definition, 2, precision);
        for (int i = 0; i < 3; i++)
        {
            expected.Plan.RunIteration();
            actual.Plan.RunIteration();
            TrainingLosses want = expected.Plan.ReadLosses(), have = actual.Plan.ReadLosses();
            Assert.InRange(have.A, want.A * (1 - tolerance), want.A * (1 + tolerance));
            Assert.InRange(have.B, want.B * (1 - tolerance), want.B * (1 + tolerance));
        }
        Assert.Equal(6, actual.Plan.Step);
        Assert.Equal(3, actual.Plan.Iteration);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Bf16)]
    public void Resumes_to_the_bit(Precision precision)
    {
        using CudaBackend backend = Open(deterministic: true);
        TrainingSettings settings = Settings with { Precision = precision };
        using TempFolder folder = new("resume");
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 7, 2);
        using TrainingSession whole = new(backend, TinyModel.Definition, settings, a, b);
        Run(whole, 10);
        using (TrainingSession first = new(backend, TinyModel.Definition, settings, a, b))
        {
            Run(first, 5);
            using CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path);
            first.Save(saving);
        }
        using CheckpointFolder loading = CheckpointFolder.Reserve(folder.Path);
        using TrainingSession second = TrainingSession.Resume(backend, loading.Open(TinyModel.Name), settings, a, b);
        Run(second, 5);
        Assert.Equal(whole.History.Save().RecentA, second.History.Save().RecentA);
        Assert.Equal(whole.History.Save().RecentB, second.History.Save().RecentB);
        SameState(whole.Plan, second.Plan);
    }

    [Fact]
    public void After_warm_up_an_iteration_allocates_nothing_and_waits_for_nothing()
    {
        using CudaBackend backend = Open();
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 4, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings, a, b);
        Run(session, 3);
        IReadOnlyDictionary<string, long> handles = HandleCounters.Live;
        long native = FakeCuda.Live(), synchronisations = FakeCuda.Calls("cuStreamSynchronize"), launches = FakeCuda.Calls("cuLaunchKernel");
        long graphs = FakeCuda.Calls("cuGraphLaunch"), before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            session.RunIteration();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        session.AwaitLosses();
        Assert.Equal(20, FakeCuda.Calls("cuGraphLaunch") - graphs);
        Assert.Equal(launches, FakeCuda.Calls("cuLaunchKernel"));
        Assert.Equal(synchronisations, FakeCuda.Calls("cuStreamSynchronize"));
        Assert.Equal(native, FakeCuda.Live());
        Assert.Equal(handles, HandleCounters.Live);
        Assert.Equal(23, session.History.Iterations);
    }

    [Fact]
    public void Inference_allocates_nothing_after_warm_up()
    {
        using CudaBackend backend = Open();
        using InferencePlan plan = new(backend, ModelWeights.Initialize(TinyNetwork.Definition, 1), Side.A, 2, Precision.Bf16);
        float[] input = TinyNetwork.Images(2, 0), output = new float[input.Length];
        plan.Run(input, output);
        long native = FakeCuda.Live(), before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++)
            plan.Run(input, output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(native, FakeCuda.Live());
    }

    // A model trained on one device goes on on any other, from the same weights and moments.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_moves_between_devices(bool fromCuda)
    {
        using CudaBackend cuda = Open();
        using CpuBackend processor = new();
        IBackend from = fromCuda ? cuda : processor, to = fromCuda ? processor : cuda;
        using TempFolder folder = new("moved");
        using FaceSet a = TinyModel.Faces(from, 4, 1), b = TinyModel.Faces(from, 7, 2), otherA = TinyModel.Faces(to, 4, 1), otherB = TinyModel.Faces(to, 7, 2);
        using TrainingSession first = new(from, TinyModel.Definition, Settings, a, b);
        Run(first, 3);
        using (CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path))
            first.Save(saving);
        using CheckpointFolder loading = CheckpointFolder.Reserve(folder.Path);
        using TrainingSession second = TrainingSession.Resume(to, loading.Open(TinyModel.Name), Settings, otherA, otherB);
        SameState(first.Plan, second.Plan);
        Run(first, 2);
        Run(second, 2);
        Assert.Equal(first.Losses.A, second.Losses.A, 1e-4f * first.Losses.A);
        Assert.Equal(first.Losses.B, second.Losses.B, 1e-4f * first.Losses.B);
    }

    private static void Run(TrainingSession session, int iterations)
    {
        for (int i = 0; i < iterations; i++)
            session.RunIteration();
        session.AwaitLosses();
    }

    private static void SameState(TrainingPlan expected, TrainingPlan actual)
    {
        Assert.Equal(expected.Step, actual.Step);
        Assert.Equal(expected.Iteration, actual.Iteration);
        foreach (TensorInfo tensor in expected.Model.Tensors)
        {
            float[] want = new float[tensor.Count], have = new float[tensor.Count];
            expected.Export(tensor, want);
            actual.Export(tensor, have);
            Assert.True(want.AsSpan().SequenceEqual(have), tensor.Name);
        }
        foreach (Side side in new[] { Side.A, Side.B })
        {
            foreach (TensorInfo tensor in expected.Model.TensorsOf(side))
            {
                float[] m = new float[tensor.Count], v = new float[tensor.Count], otherM = new float[tensor.Count], otherV = new float[tensor.Count];
                expected.ExportMoments(side, tensor, m, v);
                actual.ExportMoments(side, tensor, otherM, otherV);
                Assert.Contains(v, value => value > 0);
                Assert.True(m.AsSpan().SequenceEqual(otherM) && v.AsSpan().SequenceEqual(otherV), $"moments of {side} {tensor.Name}");
            }
        }
    }
}
