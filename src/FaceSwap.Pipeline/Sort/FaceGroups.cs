using System.Numerics;

namespace FaceSwap.Pipeline.Sort;

/// <summary>
/// Groups of alike faces: agglomerative clustering by the mean squared distance between two groups' faces, while its root is at most a threshold. Merges are found along
/// chains of nearest neighbors (Benzécri 1982; Murtagh, "A Survey of Recent Advances in Hierarchical Clustering Algorithms", 1983), which gives the groups that always
/// merging the nearest pair gives. The distance follows from each group's mean and mean square, so that memory grows with the faces, not with their pairs;
/// time is quadratic. The same faces in the same order give the same groups.
/// </summary>
internal sealed class FaceGroups
{
    private readonly float[][] means; // (groups)(length) mean of a group's measures
    private readonly double[] squares; // mean of a group's squared lengths
    private readonly List<int>?[] members; // null: merged into another
    private readonly List<int> open; // groups that may still merge, ascending

    private FaceGroups(float[][] measures)
    {
        means = [.. measures.Select(m => (float[])m.Clone())];
        squares = [.. measures.Select(m => (double)Dot(m, m))];
        members = [.. Enumerable.Range(0, measures.Length).Select(i => new List<int> { i })];
        open = [.. Enumerable.Range(0, measures.Length)];
    }

    /// <summary>Finds the groups.</summary>
    /// <param name="measures">A vector of one length for each face.</param>
    /// <param name="threshold">The largest root of the mean squared distance at which groups merge.</param>
    /// <param name="progress">Is told how many faces or groups are done with or merged.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The largest group first, of equal ones that with the earliest face; in each the face nearest to the group's mean first.</returns>
    public static int[][] Of(float[][] measures, double threshold, Action<int> progress, CancellationToken cancellation)
    {
        FaceGroups groups = new(measures);
        groups.Merge(threshold * threshold, progress, cancellation);
        return [.. Enumerable.Range(0, measures.Length).Where(g => groups.members[g] is not null)
            .OrderByDescending(g => groups.members[g]!.Count).ThenBy(g => groups.members[g]!.Min())
            .Select(g => groups.members[g]!.OrderBy(i => SquaredDistance(measures[i], groups.means[g])).ThenBy(i => i).ToArray())];
    }

    private void Merge(double limit, Action<int> progress, CancellationToken cancellation)
    {
        Stack<int> chain = new();
        while (open.Count > 1)
        {
            cancellation.ThrowIfCancellationRequested();
            progress(members.Length - open.Count);
            int last = chain.Count > 0 ? chain.Pop() : open[0], before = chain.Count > 0 ? chain.Peek() : -1;
            (int nearest, double distance) = Nearest(last, before);
            if (distance > limit)
            {
                // Merges of others never bring anything nearer, so this group is whole.
                open.Remove(last);
            }
            else if (nearest == before)
            {
                chain.Pop();
                Join(Math.Min(last, nearest), Math.Max(last, nearest));
            }
            else
            {
                chain.Push(last);
                chain.Push(nearest);
            }
        }
        progress(members.Length);
    }

    // Of equally near ones the chain's own, without which it could go round in circles, else the first.
    private (int Group, double Distance) Nearest(int group, int before)
    {
        int nearest = before;
        double best = before < 0 ? double.PositiveInfinity : Distance(group, before);
        foreach (int other in open)
        {
            if (other != group && Distance(group, other) is double distance && distance < best)
                (nearest, best) = (other, distance);
        }
        return (nearest, best);
    }

    // The mean of |x - y|² over all pairs of the two groups.
    private double Distance(int a, int b) => squares[a] + squares[b] - (2 * Dot(means[a], means[b]));

    private void Join(int into, int from)
    {
        int first = members[into]!.Count, second = members[from]!.Count;
        float weight = (float)second / (first + second);
        for (int i = 0; i < means[into].Length; i++)
            means[into][i] += (means[from][i] - means[into][i]) * weight;
        squares[into] += (squares[from] - squares[into]) * second / (first + second);
        members[into]!.AddRange(members[from]!);
        members[from] = null;
        open.Remove(from);
    }

    private static double SquaredDistance(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }

    private static float Dot(float[] a, float[] b)
    {
        Vector<float> sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            sums += new Vector<float>(a, i) * new Vector<float>(b, i);
        float sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
