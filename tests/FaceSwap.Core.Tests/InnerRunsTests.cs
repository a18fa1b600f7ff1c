using FaceSwap.Core.Geometry;

namespace FaceSwap.Core.Tests;

/// <summary>The middle of a shape.</summary>
public sealed class InnerRunsTests
{
    // Its definition pixel by pixel: the pixel that it becomes when the shape is made larger by a third about its middle lies in the shape.
    [Fact]
    public void Every_pixel_of_the_middle_comes_from_the_shape()
    {
        System.Random random = new(4);
        for (int round = 0; round < 200; round++)
        {
            int side = random.Next(1, 40), top = random.Next(side), bottom = random.Next(top, side);
            double middle = random.Next(side), half = random.NextDouble() * side;
            var runs = new (int First, int Last)[side];
            for (int y = 0; y < side; y++)
            {
                double wide = half * Math.Sqrt(Math.Max(0, 1 - Math.Pow((2.0 * (y - top) / Math.Max(bottom - top, 1)) - 1, 2)));
                runs[y] = y < top || y > bottom ? (1, 0) : (Math.Max((int)(middle - wide), 0), Math.Min((int)(middle + wide), side - 1));
            }
            (int First, int Last)[] inner = new (int, int)[side], filled = [.. runs.Where(r => r.First <= r.Last)];
            InnerRuns.Fill(runs, inner);
            int left = filled.Min(r => r.First), right = filled.Max(r => r.Last);
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    int column = (int)Math.Floor(((8 * x) - left - right + 3) / 6.0), row = (int)Math.Floor(((8 * y) - top - bottom + 3) / 6.0);
                    bool within = row >= 0 && row < side && column >= runs[row].First && column <= runs[row].Last;
                    Assert.Equal(within, x >= inner[y].First && x <= inner[y].Last);
                }
            }
        }
    }

    [Fact]
    public void A_square_loses_an_eighth_on_every_side_and_nothing_has_no_middle()
    {
        var inner = new (int First, int Last)[64];
        InnerRuns.Fill([.. Enumerable.Repeat((0, 63), 64)], inner);
        Assert.Equal(8, Array.FindIndex(inner, r => r.First <= r.Last));
        Assert.All(inner[8..56], r => Assert.Equal((8, 55), r));
        Assert.All(inner[56..], r => Assert.True(r.First > r.Last));
        InnerRuns.Fill([.. Enumerable.Repeat((1, 0), 64)], inner);
        Assert.All(inner, r => Assert.True(r.First > r.Last));
    }
}
