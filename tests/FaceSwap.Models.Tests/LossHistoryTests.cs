using System.Globalization;

namespace FaceSwap.Models.Tests;

public class LossHistoryTests
{
    [Fact]
    public void It_stays_bounded_and_keeps_means()
    {
        LossHistory history = new();
        for (int i = 0; i < 20000; i++)
            history.Add(i, 2 * i);
        Assert.Equal(20000, history.Iterations);
        Assert.Equal(16, history.Stride);
        Assert.Equal(1250, history.Count);
        LossHistory.Point point = history[100];
        Assert.Equal((1600, 16), (point.FirstIteration, point.Iterations));
        Assert.Equal(1607.5f, point.A);
        Assert.Equal(3215f, point.B);
        Assert.Equal(19949.5, history.RecentA);
        Assert.Equal(39899, history.RecentB);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(5001)]
    public void Restored_it_goes_on_as_if_never_stopped(int split)
    {
        LossHistory whole = new(), first = new();
        for (int i = 0; i < split; i++)
            first.Add(Loss(i), Loss(i + 7));
        LossHistory second = LossHistory.Restore(first.Save());
        for (int i = split; i < split + 3000; i++)
            second.Add(Loss(i), Loss(i + 7));
        for (int i = 0; i < split + 3000; i++)
            whole.Add(Loss(i), Loss(i + 7));
        LossHistory.Snapshot a = whole.Save(), b = second.Save();
        Assert.Equal(a.A, b.A);
        Assert.Equal(a.B, b.B);
        Assert.Equal(a.RecentA, b.RecentA);
        Assert.Equal((a.Iterations, a.Stride, a.SumA, a.SumB), (b.Iterations, b.Stride, b.SumA, b.SumB));
        Assert.Equal(whole.RecentB, second.RecentB);
    }

    [Fact]
    public void Contradictions_are_refused()
    {
        LossHistory history = new();
        history.Add(1, 2);
        LossHistory.Snapshot good = history.Save();
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { Iterations = 2 }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { Stride = 0 }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { B = [] }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { RecentA = [] }));
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.NaN)]
    [InlineData(float.MaxValue)]
    public void Whatever_was_added_can_be_stored_and_restored(float loss)
    {
        LossHistory history = new();
        for (int i = 0; i < LossHistory.Capacity + 1; i++)
            history.Add(loss, 0.5f);
        CheckpointState state = new(CheckpointState.CurrentVersion, "Tiny", 1, 1, 5, 1e-4f, 1, Compute.Precision.Fp32, history.Save());
        LossHistory.Snapshot stored = CheckpointState.FromJson(state.ToJson()).Losses;
        Assert.Equal(history.Iterations, LossHistory.Restore(stored).Iterations);
        Assert.Equal((0.5, 0.5f), (stored.SumB, stored.RecentB[^1]));
        Assert.InRange(stored.SumA, 0, 2);
    }

    [Fact]
    public void Losses_that_no_training_has_are_refused()
    {
        LossHistory history = new();
        for (int i = 0; i < LossHistory.Capacity + 1; i++)
            history.Add(0.5f, 1);
        LossHistory.Snapshot good = history.Save();
        Assert.Equal(0.5, LossHistory.Restore(good).RecentA);
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { SumA = 1e308 }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { SumB = 2.5 }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { SumB = double.NaN }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { RecentA = [.. Enumerable.Repeat(1e30f, 100)] }));
        Assert.Throws<InvalidDataException>(() => LossHistory.Restore(good with { A = [.. good.A[1..], -0.1f] }));
    }

    [Fact]
    public void It_can_be_exported()
    {
        LossHistory history = new();
        history.Add(0.25f, 0.125f);
        history.Add(0.1f, 0.3f);
        StringWriter text = new(CultureInfo.InvariantCulture);
        history.WriteCsv(text);
        Assert.Equal("iteration,loss_A,loss_B\n1,0.25,0.125\n2,0.1,0.3\n", text.ToString());
    }

    private static float Loss(int i) => 1f / (1 + (i * 37 % 101));
}
