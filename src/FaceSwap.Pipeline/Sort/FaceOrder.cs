namespace FaceSwap.Pipeline.Sort;

/// <summary>Puts measured faces into order.</summary>
internal static class FaceOrder
{
    /// <summary>The order of one-number measures, ascending; equal ones stay in the order that they came in.</summary>
    public static int[] ByValue(float[][] measures) => [.. Enumerable.Range(0, measures.Length).OrderBy(i => measures[i][0])];

    /// <summary>A chain from the first face on, each followed by the nearest of those left. Quadratic in the faces.</summary>
    public static int[] Chain(float[][] measures, Action<int> progress, CancellationToken cancellation)
    {
        int[] order = [.. Enumerable.Range(0, measures.Length)];
        for (int placed = 1; placed < order.Length; placed++)
        {
            cancellation.ThrowIfCancellationRequested();
            int best = placed;
            double nearest = double.PositiveInfinity;
            for (int i = placed; i < order.Length; i++)
            {
                double distance = Distance(measures[order[placed - 1]], measures[order[i]]);
                if (distance < nearest)
                    (best, nearest) = (i, distance);
            }
            (order[placed], order[best]) = (order[best], order[placed]);
            progress(placed + 1);
        }
        return order;
    }

    private static double Distance(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
