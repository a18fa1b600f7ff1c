using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

[Collection("engine")]
public class BatchFitTests
{
    private const long MiB = 1 << 20;

    private static long Needs(int batch) => (300 + (10 * batch)) * MiB;

    [Theory]
    [InlineData(4096, 4096, 328)] // 4096 − 256 − 256 = 3584 MiB of room: 328.4 samples
    [InlineData(4096, 100, 96)] // 100 are of use: a multiple of 8
    [InlineData(4096, 7, 7)]
    [InlineData(512, 4096, 14)] // 512 − 32 − 32 = 448: 14.8 samples, and multiples of 8 begin above 8: 8
    [InlineData(340, 4096, 1)] // not even one is sure to fit
    [InlineData(100, 4096, 1)]
    public void The_largest_that_leaves_the_margin(long megabytes, int most, int expected)
    {
        BatchChoice choice = BatchFit.Choose(new DeviceMemory(megabytes * MiB, megabytes * MiB), Needs, most);
        Assert.Equal(expected > 8 ? expected / 8 * 8 : expected, choice.Batch);
        Assert.Equal(Needs(choice.Batch), choice.Needed);
        Assert.Equal(megabytes * MiB, choice.Free);
    }

    [Fact]
    public void Each_next_try_is_smaller_down_to_one()
    {
        for (int batch = 4096, last = int.MaxValue; batch > 0; batch = BatchFit.Smaller(batch))
        {
            Assert.InRange(batch, 1, last - 1);
            Assert.True(batch <= 8 || batch % 8 == 0, $"{batch}");
            last = batch;
            if (batch == 1)
                return;
        }
        Assert.Fail("1 was never tried");
    }

    [Fact]
    public void An_allocation_that_fails_is_tried_smaller()
    {
        List<int> tried = [];
        int made = BatchFit.Make(64, batch =>
        {
            tried.Add(batch);
            return batch <= 20 ? batch : throw new NotEnoughMemoryException("test", 2, 1, "here");
        });
        Assert.Equal(16, made);
        Assert.Equal([64, 56, 48, 40, 32, 24, 16], tried);
    }

    [Fact]
    public void When_not_even_one_fits_the_reason_stays() =>
        Assert.Contains("weights: 7 MiB needed, 3 MiB free here",
            Assert.Throws<NotEnoughMemoryException>(() => BatchFit.Make<int>(64, _ => throw new NotEnoughMemoryException("weights", 7 * MiB, 3 * MiB, "here"))).Message);
}
