using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>
/// Gives a new face the mean color of the crop that it replaces and, in Lab, also its spread, both taken under the mask only: hair and background
/// around the face have no say. An instance is scratch memory for one thread.
/// </summary>
internal sealed class MomentTransfer(int side)
{
    // A flat face must not have its noise blown up to the contrast of the one that it replaces.
    private const double MaxGain = 4;

    // Beyond this many deviations of the crop hardly any a* or b* of a face lies; background that a network draws beside the jaw does.
    private const double MaxDeviations = 2.5;

    private readonly float[] crop = new float[side * side * 3], face = new float[side * side * 3];

    /// <summary>Reinhard's transfer in L*a*b*: (x − mean)·(deviation of the crop / deviation of the face) + mean of the crop, per channel; a* and b* then
    /// limited to 2.5 deviations of the crop about its mean.</summary>
    /// <param name="cropBgr">(side, side, 3), B, G, R in 0..1.</param>
    /// <param name="faceBgr">The new face in the same form; replaced.</param>
    /// <param name="mask">(side, side): where to measure; nothing changes when it is empty.</param>
    public void Reinhard(ReadOnlySpan<float> cropBgr, Span<float> faceBgr, ReadOnlySpan<bool> mask)
    {
        for (int i = 0; i < crop.Length; i += 3)
        {
            (crop[i], crop[i + 1], crop[i + 2]) = LabColor.FromBgr(cropBgr[i], cropBgr[i + 1], cropBgr[i + 2]);
            (face[i], face[i + 1], face[i + 2]) = LabColor.FromBgr(faceBgr[i], faceBgr[i + 1], faceBgr[i + 2]);
        }
        Span<float> gain = stackalloc float[3], shift = stackalloc float[3], low = stackalloc float[3], high = stackalloc float[3];
        for (int channel = 0; channel < 3; channel++)
        {
            (double cropMean, double cropDeviation) = Moments(crop, channel, mask);
            if (double.IsNaN(cropMean))
                return;
            (double faceMean, double faceDeviation) = Moments(face, channel, mask);
            double factor = faceDeviation > 1e-3 ? Math.Min(cropDeviation / faceDeviation, MaxGain) : 1;
            (gain[channel], shift[channel]) = ((float)factor, (float)(cropMean - (factor * faceMean)));
            double reach = MaxDeviations * cropDeviation;
            (low[channel], high[channel]) = ((float)(cropMean - reach), (float)(cropMean + reach));
        }
        for (int i = 0; i < face.Length; i += 3)
        {
            (faceBgr[i], faceBgr[i + 1], faceBgr[i + 2]) = LabColor.ToBgr((gain[0] * face[i]) + shift[0],
                Math.Min(Math.Max((gain[1] * face[i + 1]) + shift[1], low[1]), high[1]), Math.Min(Math.Max((gain[2] * face[i + 2]) + shift[2], low[2]), high[2]));
        }
    }

    /// <summary>Shifts the mean of B, G and R to the crop's; values stay in 0..1.</summary>
    /// <param name="cropBgr">(side, side, 3), B, G, R in 0..1.</param>
    /// <param name="faceBgr">The new face in the same form; replaced.</param>
    /// <param name="mask">(side, side): where to measure; nothing changes when it is empty.</param>
    public static void Average(ReadOnlySpan<float> cropBgr, Span<float> faceBgr, ReadOnlySpan<bool> mask)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            double shift = Moments(cropBgr, channel, mask).Mean - Moments(faceBgr, channel, mask).Mean;
            if (double.IsNaN(shift))
                return;
            for (int i = channel; i < faceBgr.Length; i += 3)
                faceBgr[i] = Math.Clamp(faceBgr[i] + (float)shift, 0, 1);
        }
    }

    // NaN when the mask is empty.
    private static (double Mean, double Deviation) Moments(ReadOnlySpan<float> values, int channel, ReadOnlySpan<bool> mask)
    {
        double sum = 0, squares = 0;
        int count = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            if (!mask[i])
                continue;
            double value = values[(3 * i) + channel];
            sum += value;
            squares += value * value;
            count++;
        }
        double mean = sum / count;
        return (mean, Math.Sqrt(Math.Max((squares / count) - (mean * mean), 0)));
    }
}
