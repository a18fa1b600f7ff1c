namespace FaceSwap.Vision;

/// <summary>
/// Gives a new face the colors of the crop that it replaces: per channel, the quantiles of the new face are mapped by linear interpolation
/// onto the quantiles and values of the crop (unique values with cumulative counts), truncated to whole numbers, as the classic
/// converter does. An instance is scratch memory for one thread.
/// </summary>
internal sealed class HistogramMatch
{
    private readonly int[] faceCounts = new int[256], cropCounts = new int[256];
    private readonly double[] cropQuantiles = new double[256];
    private readonly int[] cropValues = new int[256];
    private readonly byte[] map = new byte[256];

    /// <summary>Replaces the face's values; both are interleaved B, G, R of the same number of pixels.</summary>
    public void Apply(ReadOnlySpan<byte> crop, Span<byte> face)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            Count(crop, channel, cropCounts);
            Count(face, channel, faceCounts);
            int unique = Quantiles();
            double pixels = face.Length / 3;
            int below = 0, at = 0;
            for (int value = 0; value < 256; value++)
            {
                if (faceCounts[value] == 0)
                    continue;
                below += faceCounts[value];
                double quantile = below / pixels;
                while (at < unique && cropQuantiles[at] < quantile)
                    at++;
                map[value] = (byte)Interpolate(quantile, at, unique);
            }
            for (int i = channel; i < face.Length; i += 3)
                face[i] = map[face[i]];
        }
    }

    private static void Count(ReadOnlySpan<byte> pixels, int channel, int[] counts)
    {
        Array.Clear(counts);
        for (int i = channel; i < pixels.Length; i += 3)
            counts[pixels[i]]++;
    }

    private int Quantiles()
    {
        int unique = 0, below = 0, total = cropCounts.Sum();
        for (int value = 0; value < 256; value++)
        {
            if (cropCounts[value] == 0)
                continue;
            below += cropCounts[value];
            cropValues[unique] = value;
            cropQuantiles[unique++] = below / (double)total;
        }
        return unique;
    }

    // `at` is the first of the crop's quantiles that is not below the wanted one.
    private double Interpolate(double quantile, int at, int unique)
    {
        if (at == 0)
            return cropValues[0];
        if (at == unique)
            return cropValues[unique - 1];
        double slope = (cropValues[at] - cropValues[at - 1]) / (cropQuantiles[at] - cropQuantiles[at - 1]);
        return cropQuantiles[at] == quantile ? cropValues[at] : cropValues[at - 1] + (slope * (quantile - cropQuantiles[at - 1]));
    }
}
