using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.TestKit;

namespace FaceSwap.Models.Tests;

[Collection("engine")]
public class TrainingSessionTests
{
    private static readonly TrainingSettings Settings = new(3, Precision.Fp32, 1e-3f, 11);

    [Fact]
    public void Twenty_iterations_are_ten_saved_loaded_and_ten_more_to_the_bit()
    {
        using LeakCheck leaks = new();
        using ReferenceBackend backend = new(1);
        ResumesExactly(backend, TinyModel.Definition, Settings, 10);
    }

    [SkippableTheory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Light_on_the_cpu_backend_resumes_to_the_bit(Precision precision)
    {
        using LeakCheck leaks = new();
        using CpuBackend backend = new();
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        ResumesExactly(backend, ModelZoo.Get("Light"), new TrainingSettings(4, precision, 5e-4f, 3), 3);
    }

    [Fact]
    public void After_warm_up_an_iteration_of_the_session_allocates_nothing()
    {
        using CpuBackend backend = new();
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 4, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings, a, b);
        for (int i = 0; i < 5; i++)
            session.RunIteration();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            session.RunIteration();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_seed_decides_everything()
    {
        using CpuBackend backend = new();
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 5, 2);
        float[] Losses(ulong seed)
        {
            using TrainingSession session = new(backend, TinyModel.Definition, Settings with { Seed = seed }, a, b);
            return [.. Enumerable.Range(0, 4).Select(_ => Next(session).A)];
        }
        float[] first = Losses(1);
        Assert.Equal(first, Losses(1));
        Assert.NotEqual(first, Losses(2));
    }

    [Fact]
    public void Training_learns()
    {
        using CpuBackend backend = new();
        using FaceSet a = TinyModel.Faces(backend, 1, 1), b = TinyModel.Faces(backend, 1, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings with { BatchSize = 1, LearningRate = 1e-2f }, a, b);
        for (int i = 0; i < 60; i++)
            session.RunIteration();
        LossHistory history = session.History;
        Assert.True(Mean(50) < 0.95 * Mean(0), $"{Mean(0)} fell only to {Mean(50)}");

        double Mean(int from) => Enumerable.Range(from, 10).Average(i => (history[i].A + history[i].B) / 2);
    }

    [Fact]
    public void Divergence_is_said_and_not_recorded()
    {
        using CpuBackend backend = new();
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 5, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings with { LearningRate = float.NaN }, a, b);
        string message = Assert.Throws<FaceSwap.Core.UserErrorException>(() => session.RunIteration()).Message;
        Assert.Contains("diverged at iteration 1", message);
        Assert.Equal(0, session.History.Iterations);
    }

    private static TrainingLosses Next(TrainingSession session)
    {
        session.RunIteration();
        session.AwaitLosses();
        return session.Losses;
    }

    internal static void ResumesExactly(IBackend backend, ModelDefinition model, TrainingSettings settings, int half)
    {
        using TempFolder folder = new("resume");
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 7, 2);
        List<TrainingLosses> whole = [], parts = [];
        using TrainingSession uninterrupted = new(backend, model, settings, a, b);
        for (int i = 0; i < 2 * half; i++)
            whole.Add(Next(uninterrupted));
        using (TrainingSession first = new(backend, model, settings, a, b))
        {
            for (int i = 0; i < half; i++)
                parts.Add(Next(first));
            using CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path);
            first.Save(saving);
        }
        using CheckpointFolder loading = CheckpointFolder.Reserve(folder.Path);
        using TrainingSession second = TrainingSession.Resume(backend, loading.Open(model.Name), settings, a, b);
        for (int i = 0; i < half; i++)
            parts.Add(Next(second));

        Assert.Equal(whole, parts);
        Assert.Equal(uninterrupted.Plan.Step, second.Plan.Step);
        Assert.Equal(4 * half, second.Plan.Step);
        Assert.Equal(uninterrupted.Plan.Iteration, second.Plan.Iteration);
        Assert.Equal(uninterrupted.History.Save().A, second.History.Save().A);
        foreach (TensorInfo tensor in model.Tensors)
        {
            float[] expected = new float[tensor.Count], actual = new float[tensor.Count];
            uninterrupted.Plan.Export(tensor, expected);
            second.Plan.Export(tensor, actual);
            Assert.True(expected.AsSpan().SequenceEqual(actual), tensor.Name);
        }
        foreach (Side side in new[] { Side.A, Side.B })
        {
            foreach (TensorInfo tensor in model.TensorsOf(side))
            {
                float[] m = new float[tensor.Count], v = new float[tensor.Count], otherM = new float[tensor.Count], otherV = new float[tensor.Count];
                uninterrupted.Plan.ExportMoments(side, tensor, m, v);
                second.Plan.ExportMoments(side, tensor, otherM, otherV);
                Assert.Contains(v, value => value > 0);
                Assert.True(m.AsSpan().SequenceEqual(otherM) && v.AsSpan().SequenceEqual(otherV), $"moments of {side} {tensor.Name}");
            }
        }
    }
}
