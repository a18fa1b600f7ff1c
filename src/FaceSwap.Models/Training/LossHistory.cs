namespace FaceSwap.Models;

/// <summary>
/// The losses of a whole training run in bounded memory: points that are each the mean of an equal number of iterations. When all points are
/// taken, neighbours are merged and each point covers twice as many. Also keeps the last 100 iterations singly. Restored from its
/// <see cref="Snapshot"/> it goes on exactly.
/// </summary>
public sealed class LossHistory
{
    /// <summary>Iterations of <see cref="RecentA"/> and <see cref="RecentB"/>.</summary>
    public const int RecentCount = 100;

    /// <summary>Most points kept.</summary>
    public const int Capacity = 2048;

    // A mean absolute error of values from 0 to 1 is at most 1; as much again for rounding.
    private const float MostLoss = 2;

    private readonly float[] pointsA = new float[Capacity], pointsB = new float[Capacity];
    private readonly float[] recentA = new float[RecentCount], recentB = new float[RecentCount]; // rings; element n % 100 is iteration n's
    private double sumA, sumB; // of the point in the making
    private int inSum;

    /// <summary>What is stored of a history.</summary>
    /// <param name="Iterations">Iterations recorded.</param>
    /// <param name="Stride">Iterations a point.</param>
    /// <param name="A">Points of A.</param>
    /// <param name="B">Points of B.</param>
    /// <param name="SumA">Sum of A's losses since the last point.</param>
    /// <param name="SumB">Sum of B's.</param>
    /// <param name="RecentA">A's losses of the last iterations, oldest first, at most 100.</param>
    /// <param name="RecentB">B's.</param>
    public sealed record Snapshot(long Iterations, long Stride, float[] A, float[] B, double SumA, double SumB, float[] RecentA, float[] RecentB);

    /// <summary>One mean of several iterations.</summary>
    /// <param name="FirstIteration">The first of them, from 0.</param>
    /// <param name="Iterations">How many.</param>
    /// <param name="A">Mean loss of A.</param>
    /// <param name="B">Mean loss of B.</param>
    public readonly record struct Point(long FirstIteration, long Iterations, float A, float B);

    /// <summary>Iterations recorded.</summary>
    public long Iterations { get; private set; }

    /// <summary>Iterations a point.</summary>
    public long Stride { get; private set; } = 1;

    /// <summary>Complete points.</summary>
    public int Count { get; private set; }

    /// <summary>Mean loss of A over the last 100 iterations (or as many as there are); NaN when there is none.</summary>
    public double RecentA => Mean(recentA);

    /// <summary>Mean loss of B over the last 100 iterations.</summary>
    public double RecentB => Mean(recentB);

    /// <summary>A point.</summary>
    public Point this[int index] => index >= 0 && index < Count
        ? new Point(index * Stride, Stride, pointsA[index], pointsB[index])
        : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Records an iteration. Allocates nothing.</summary>
    public void Add(float a, float b)
    {
        recentA[Iterations % RecentCount] = a;
        recentB[Iterations % RecentCount] = b;
        Iterations++;
        sumA += a;
        sumB += b;
        if (++inSum < Stride)
            return;
        pointsA[Count] = (float)(sumA / Stride);
        pointsB[Count] = (float)(sumB / Stride);
        (sumA, sumB, inSum) = (0, 0, 0);
        if (++Count < Capacity)
            return;
        for (int i = 0; i < Capacity / 2; i++)
        {
            pointsA[i] = (pointsA[2 * i] + pointsA[(2 * i) + 1]) / 2;
            pointsB[i] = (pointsB[2 * i] + pointsB[(2 * i) + 1]) / 2;
        }
        Count = Capacity / 2;
        Stride *= 2;
    }

    /// <summary>All there is to store. What no mean absolute error can be, such as an infinite one, is stored as the nearest that <see cref="Restore"/> takes.</summary>
    public Snapshot Save() => new(Iterations, Stride, Storable(pointsA.AsSpan(0, Count)), Storable(pointsB.AsSpan(0, Count)), Storable(sumA), Storable(sumB),
        Storable(Ordered(recentA)), Storable(Ordered(recentB)));

    /// <summary>The history that was stored.</summary>
    /// <exception cref="InvalidDataException">The numbers contradict each other, or are no mean absolute errors.</exception>
    public static LossHistory Restore(Snapshot stored)
    {
        if (new[] { stored.A, stored.B, stored.RecentA, stored.RecentB }.Any(static values => values is null || values.Any(static v => v is not (>= 0 and <= MostLoss))))
            throw new InvalidDataException("the loss history holds losses out of range");
        // A stride doubles when all points are taken, so that it is never longer than the history; the product then cannot overflow.
        if (stored.Iterations < 0 || stored.Stride < 1 || stored.Stride > int.MaxValue || stored.A.Length >= Capacity)
            throw new InvalidDataException("the loss history contradicts itself");
        long recent = Math.Min(stored.Iterations, RecentCount), rest = stored.Iterations - (stored.Stride * stored.A.Length);
        if (stored.A.Length != stored.B.Length || rest < 0 || rest >= stored.Stride
            || stored.RecentA.Length != recent || stored.RecentB.Length != recent)
        {
            throw new InvalidDataException("the loss history contradicts itself");
        }
        if (!(stored.SumA >= 0 && stored.SumA <= MostLoss * (double)rest) || !(stored.SumB >= 0 && stored.SumB <= MostLoss * (double)rest))
            throw new InvalidDataException("the loss history holds a sum of losses out of range");
        LossHistory history = new()
        {
            Iterations = stored.Iterations,
            Stride = stored.Stride,
            Count = stored.A.Length,
            sumA = stored.SumA,
            sumB = stored.SumB,
            inSum = (int)rest,
        };
        stored.A.CopyTo(history.pointsA, 0);
        stored.B.CopyTo(history.pointsB, 0);
        for (int i = 0; i < recent; i++)
        {
            long slot = (stored.Iterations - recent + i) % RecentCount;
            history.recentA[slot] = stored.RecentA[i];
            history.recentB[slot] = stored.RecentB[i];
        }
        return history;
    }

    /// <summary>Writes the points as lines <c>iteration,loss_A,loss_B</c> under a header line; iteration is the last one that the point
    /// covers, from 1.</summary>
    public void WriteCsv(TextWriter writer)
    {
        writer.Write("iteration,loss_A,loss_B\n");
        for (int i = 0; i < Count; i++)
            writer.Write(FormattableString.Invariant($"{(i + 1) * Stride},{pointsA[i]:R},{pointsB[i]:R}\n"));
    }

    private static float[] Storable(ReadOnlySpan<float> losses)
    {
        float[] all = new float[losses.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = float.IsNaN(losses[i]) ? MostLoss : Math.Clamp(losses[i], 0, MostLoss);
        return all;
    }

    private double Storable(double sum) => double.IsNaN(sum) ? MostLoss * (double)inSum : Math.Clamp(sum, 0, MostLoss * (double)inSum);

    private double Mean(float[] ring)
    {
        int count = (int)Math.Min(Iterations, RecentCount);
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += ring[i];
        return count == 0 ? double.NaN : sum / count;
    }

    private float[] Ordered(float[] ring)
    {
        int count = (int)Math.Min(Iterations, RecentCount);
        float[] ordered = new float[count];
        for (int i = 0; i < count; i++)
            ordered[i] = ring[(Iterations - count + i) % RecentCount];
        return ordered;
    }
}
