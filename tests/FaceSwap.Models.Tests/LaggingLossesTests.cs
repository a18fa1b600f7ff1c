using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.TestKit;

namespace FaceSwap.Models.Tests;

/// <summary>Training on a device whose losses arrive iterations later.</summary>
[Collection("engine")]
public class LaggingLossesTests
{
    private static readonly TrainingSettings Settings = new(3, Precision.Fp32, 1e-3f, 11);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)] // never unasked
    public void The_history_is_complete_and_in_order(int lag)
    {
        using CpuBackend at = new();
        using LaggingBackend late = new(new CpuBackend(), lag);
        float[] expected = Losses(at), actual = Losses(late);
        Assert.Equal(30, actual.Length);
        Assert.Equal(expected, actual);

        float[] Losses(IBackend backend)
        {
            using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 7, 2);
            using TrainingSession session = new(backend, TinyModel.Definition, Settings, a, b);
            for (int i = 0; i < 30; i++)
                session.RunIteration();
            Assert.Equal(30, session.Iteration);
            session.AwaitLosses();
            return session.History.Save().RecentA;
        }
    }

    [Fact]
    public void An_iteration_does_not_wait_while_the_ring_has_room()
    {
        using LaggingBackend backend = new(new CpuBackend(), TrainingPlan.IterationsAhead - 1);
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 7, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings, a, b);
        for (int i = 0; i < 30; i++)
            session.RunIteration();
        Assert.Equal(0, backend.Waits);
        Assert.Equal(30 - (TrainingPlan.IterationsAhead - 1), session.History.Iterations);
    }

    [Fact]
    public void A_save_waits_for_every_loss()
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new("lagging");
        using LaggingBackend backend = new(new CpuBackend(), 1000);
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 7, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings, a, b);
        for (int i = 0; i < 5; i++)
            session.RunIteration();
        using (CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path))
            session.Save(saving);
        using CheckpointFolder loading = CheckpointFolder.Reserve(folder.Path);
        using TrainingSession second = TrainingSession.Resume(backend, loading.Open(TinyModel.Name), Settings, a, b);
        Assert.Equal(5, second.Iteration);
        Assert.Equal(5, second.History.Iterations);
    }

    [Fact]
    public void Late_news_of_divergence_still_keeps_it_from_being_saved()
    {
        using TempFolder folder = new("diverged");
        using LaggingBackend backend = new(new CpuBackend(), 1000);
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 5, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings with { LearningRate = float.NaN }, a, b);
        for (int i = 0; i < 3; i++)
            session.RunIteration();
        using CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path);
        Assert.Contains("diverged at iteration 1 ", Assert.Throws<UserErrorException>(() => session.Save(saving)).Message);
        Assert.Contains("diverged at iteration 1 ", Assert.Throws<UserErrorException>(() => session.Save(saving)).Message);
        Assert.False(saving.HasCheckpoint);
        Assert.Equal(0, session.History.Iterations);
    }

    [Fact]
    public void After_warm_up_an_iteration_allocates_nothing()
    {
        using LaggingBackend backend = new(new CpuBackend(), 3);
        using FaceSet a = TinyModel.Faces(backend, 4, 1), b = TinyModel.Faces(backend, 4, 2);
        using TrainingSession session = new(backend, TinyModel.Definition, Settings, a, b);
        for (int i = 0; i < 5; i++)
            session.RunIteration();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            session.RunIteration();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
