using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

public sealed class AlignmentTests
{
    [Fact]
    public void AKnownSimilarityIsRecovered()
    {
        Affine known = FaceAlignment.Rotation(3, -2, 37, 2.5).Shift(11, -4);
        Point2[] from = [.. MeanFace.Points];
        Point2[] to = [.. from.Select(known.Apply)];
        Affine fit = Similarity.Fit(from, to);
        Assert.All(from, p =>
        {
            Assert.Equal(known.Apply(p).X, fit.Apply(p).X, 1e-12);
            Assert.Equal(known.Apply(p).Y, fit.Apply(p).Y, 1e-12);
        });
    }

    [Fact]
    public void TheFitHasTheLeastSquaredError()
    {
        Random random = new(5);
        Point2[] from = [.. Enumerable.Range(0, 12).Select(_ => new Point2(random.NextDouble() * 50, random.NextDouble() * 50))];
        Point2[] to = [.. from.Select(p => new Point2((2 * p.X) - p.Y + random.NextDouble() * 9, p.X + (2 * p.Y) + random.NextDouble() * 9))];
        Affine fit = Similarity.Fit(from, to);
        double best = Error(fit);
        foreach (double step in new[] { -1e-3, 1e-3 })
        {
            Assert.True(Error(fit with { A = fit.A + step, E = fit.E + step }) > best);
            Assert.True(Error(fit with { B = fit.B - step, D = fit.D + step }) > best);
            Assert.True(Error(fit with { C = fit.C + step }) > best);
            Assert.True(Error(fit with { F = fit.F + step }) > best);
        }

        double Error(Affine map) => from.Zip(to).Sum(p =>
            Math.Pow(map.Apply(p.First).X - p.Second.X, 2) + Math.Pow(map.Apply(p.First).Y - p.Second.Y, 2));
    }

    public static TheoryData<string> Degenerate => ["equal", "nan", "infinite", "far and equal"];

    [Theory]
    [MemberData(nameof(Degenerate))]
    public void DegenerateLandmarksAreAUserError(string kind)
    {
        Point2 point = kind switch
        {
            "nan" => new Point2(double.NaN, 4),
            "infinite" => new Point2(double.PositiveInfinity, 4),
            "far and equal" => new Point2(12345.678, -98765.4321),
            _ => new Point2(7, 9),
        };
        Point2[] landmarks = [.. Enumerable.Repeat(point, 68)];
        Assert.Throws<UserErrorException>(() => FaceAlignment.Align(landmarks));
        Assert.Throws<UserErrorException>(() => FaceAlignment.AlignEyes(landmarks));
        Assert.Throws<ArgumentException>(() => FaceAlignment.Align(landmarks.AsSpan(0, 67)));
    }
}
