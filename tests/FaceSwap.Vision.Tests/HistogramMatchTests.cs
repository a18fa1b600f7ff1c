namespace FaceSwap.Vision.Tests;

public class HistogramMatchTests
{
    [Fact]
    public void A_face_matched_to_itself_does_not_change()
    {
        byte[] face = [.. Enumerable.Range(0, 3 * 1024).Select(i => (byte)((i * 7) + (i / 5)))], before = [.. face];
        new HistogramMatch().Apply(before, face);
        Assert.Equal(before, face);
    }

    [Fact]
    public void Each_channel_takes_the_crops_values()
    {
        byte[] face = [10, 20, 30, 40, 20, 60, 10, 20, 90, 40, 20, 120], crop = [100, 5, 1, 100, 5, 2, 200, 5, 3, 200, 5, 4];
        new HistogramMatch().Apply(crop, face);
        Assert.Equal([100, 5, 1, 200, 5, 2, 100, 5, 3, 200, 5, 4], face);
    }

    [Fact]
    public void Between_quantiles_values_are_interpolated_and_truncated()
    {
        byte[] face = [1, 0, 0, 2, 0, 0, 3, 0, 0], crop = [10, 0, 0, 20, 0, 0];
        new HistogramMatch().Apply(crop, face);
        // Quantiles 1/3, 2/3, 1 on the crop's (1/2, 10), (1, 20).
        Assert.Equal([10, 13, 20], new[] { face[0], face[3], face[6] });
    }
}
