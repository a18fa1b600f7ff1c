using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Pipeline.Extract;

/// <summary>Whether a face is the wanted person's, and how near it is.</summary>
/// <param name="Accepted">It is.</param>
/// <param name="Distance">Mean distance to the wanted references; NaN when the face could not be described.</param>
/// <param name="Reason">Why not, in a few words; empty when it is.</param>
public readonly record struct IdentityVerdict(bool Accepted, double Distance, string Reason);

/// <summary>
/// The classic extraction's identity filter. With distances d to the references of the wanted person and n to those of others, a face is refused when mean(d) is
/// above the threshold; and, when there are others, when min(d) &gt; min(n), or mean(d) &gt; mean(n), or fewer than half of the K nearest references are
/// wanted, K = min(5, min(#d, #n) + 1). Of equal distances the wanted reference counts as nearer, and a face that cannot be described is refused. Serves all threads.
/// </summary>
public sealed class IdentityRule
{
    private const int MostNeighbors = 5;

    private readonly float[][] wanted, unwanted; // (128) each
    private readonly double threshold;

    /// <summary>Makes the rule.</summary>
    /// <param name="wanted">Embeddings of the wanted person; at least one.</param>
    /// <param name="unwanted">Embeddings of others; may be empty.</param>
    /// <param name="threshold">The largest mean distance.</param>
    public IdentityRule(IReadOnlyList<float[]> wanted, IReadOnlyList<float[]> unwanted, double threshold = FaceEmbedder.SamePerson)
    {
        ArgumentOutOfRangeException.ThrowIfZero(wanted.Count);
        (this.wanted, this.unwanted, this.threshold) = ([.. wanted], [.. unwanted], threshold);
    }

    /// <summary>Judges a face by its embedding; null: it could not be described.</summary>
    public IdentityVerdict Judge(float[]? face) => face is null
        ? new IdentityVerdict(false, double.NaN, "it cannot be described")
        : Judge(Distances(wanted, face), Distances(unwanted, face), threshold);

    /// <summary>Judges a face by its distances to the references.</summary>
    internal static IdentityVerdict Judge(double[] wanted, double[] unwanted, double threshold)
    {
        double mean = wanted.Average();
        string reason = mean > threshold ? "too far from the wanted references" : unwanted.Length == 0 ? "" : AgainstOthers(wanted, unwanted, mean);
        return new IdentityVerdict(reason.Length == 0, mean, reason);
    }

    private static string AgainstOthers(double[] wanted, double[] unwanted, double mean)
    {
        if (wanted.Min() > unwanted.Min())
            return "nearest to an unwanted reference";
        if (mean > unwanted.Average())
            return "nearer to the unwanted references on average";
        int neighbors = Math.Min(MostNeighbors, Math.Min(wanted.Length, unwanted.Length) + 1);
        // OrderBy is stable: the wanted come first among equals.
        int near = wanted.Select(static d => (Distance: d, Wanted: 1)).Concat(unwanted.Select(static d => (Distance: d, Wanted: 0)))
            .OrderBy(static r => r.Distance).Take(neighbors).Sum(static r => r.Wanted);
        return near * 2 < neighbors ? "most of the nearest references are unwanted" : "";
    }

    private static double[] Distances(float[][] references, float[] face) => Array.ConvertAll(references, r => FaceEmbedder.Distance(r, face));
}
