using FaceSwap.Pipeline.Sort;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Groups of alike faces are those that always merging the nearest pair gives, whatever way they are found.</summary>
public sealed class FaceGroupsTests
{
    [Theory]
    [InlineData(1, 40, 0.5)]
    [InlineData(2, 60, 0.8)]
    [InlineData(3, 60, 1.1)]
    [InlineData(4, 25, 0.01)]
    [InlineData(5, 25, 9)]
    public void They_are_those_of_merging_the_nearest_pair_again_and_again(int seed, int count, double threshold)
    {
        // Points around five centers, some far apart and some near one another.
        Random random = new(seed);
        float[][] centers = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 19).Select(_ => random.NextSingle()).ToArray())];
        float[][] points = [.. Enumerable.Range(0, count).Select(i => centers[i * i % 5].Select(c => c + (0.5f * (random.NextSingle() - 0.5f))).ToArray())];
        int[][] groups = FaceGroups.Of(points, threshold, static _ => { }, default);
        Assert.Equal(Sets(NearestPairs(points, threshold * threshold)), Sets(groups));
        Assert.Equal(groups.OrderByDescending(g => g.Length).Select(g => g.Length), groups.Select(g => g.Length));
        Assert.Equal(groups, FaceGroups.Of(points, threshold, static _ => { }, default));
    }

    [Fact]
    public void The_first_of_a_group_is_nearest_to_its_mean_and_a_stranger_is_alone()
    {
        float[][] points = [[5, 5], [0.3f, 0], [0.1f, 0], [0, 0], [-0.15f, 0]];
        Assert.Equal([[2, 3, 4, 1], [0]], FaceGroups.Of(points, 0.6, static _ => { }, default));
    }

    [Fact]
    public void Equal_faces_and_one_face_are_groups() =>
        Assert.Equal([3, 1], new[] { FaceGroups.Of([[1, 2], [1, 2], [1, 2]], 0, static _ => { }, default), FaceGroups.Of([[7]], 1, static _ => { }, default) }.Select(g => g.Single().Length));

    private static List<List<int>> NearestPairs(float[][] points, double limit)
    {
        List<List<int>> groups = [.. Enumerable.Range(0, points.Length).Select(i => new List<int> { i })];
        double Mean(List<int> a, List<int> b) =>
            a.SelectMany(i => b.Select(j => points[i].Zip(points[j]).Sum(p => Math.Pow((double)p.First - p.Second, 2)))).Average();
        for (; ; )
        {
            (double Distance, int A, int B) best = (double.PositiveInfinity, 0, 0);
            for (int a = 0; a < groups.Count; a++)
            {
                for (int b = a + 1; b < groups.Count; b++)
                {
                    if (Mean(groups[a], groups[b]) is double distance && distance < best.Distance)
                        best = (distance, a, b);
                }
            }
            if (best.Distance > limit)
                return groups;
            groups[best.A].AddRange(groups[best.B]);
            groups.RemoveAt(best.B);
        }
    }

    private static string[] Sets(IEnumerable<IEnumerable<int>> groups) => [.. groups.Select(g => string.Join(' ', g.Order())).Order(StringComparer.Ordinal)];
}
