using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// Colors by their moments in the face's interior as the square shows it (<see cref="FaceInterior"/>; all of the square where that is the mask). Reinhard: per channel of
/// L*a*b*, x·gain + shift, so that mean and standard deviation become the crop's; the gain is at most 4, and 1 for a face without contrast; then a* and b* are limited to
/// 2.5 deviations of the crop about its mean. Average: per channel of B, G, R, x + shift. Nothing changes where
/// the mask is empty; a mean that is no number leaves its channel and those after it alone. Sums in double.
/// </summary>
internal sealed unsafe class ReferenceMoments(CompositorSpec spec)
{
    private const double MaxGain = 4, Flat = 1e-3, MaxDeviations = 2.5;

    private readonly float[] gain = new float[3], shift = new float[3], low = new float[3], high = new float[3];
    private int channels; // that change

    /// <summary>Measures a face and the crop that it replaces.</summary>
    /// <param name="slot">Its mask.</param>
    /// <param name="output">(s, s, 3), B, G, R in 0..1.</param>
    /// <param name="crop">The same of the crop.</param>
    public void Measure(in CompositorSlot slot, float* output, float[] crop)
    {
        bool lab = spec.Color == ColorAdjust.Reinhard;
        Span<double> sums = stackalloc double[12]; // of crop and face, each channel's sum and squares
        sums.Clear();
        int count = 0;
        for (int y = 0; y < spec.Side; y++)
        {
            (int first, int last) = spec.Mask == MaskType.Rect ? (0, spec.Side - 1) : ReferenceMaskRows.HullRow(slot.SquareHull, slot.SquareCorners, y);
            for (int x = Math.Max(first, 0); x <= Math.Min(last, spec.Side - 1); x++, count++)
            {
                int at = 3 * ((y * spec.Side) + x);
                Add(sums[..6], lab, crop[at], crop[at + 1], crop[at + 2]);
                Add(sums[6..], lab, output[at], output[at + 1], output[at + 2]);
            }
        }
        channels = 0;
        for (; channels < 3 && count > 0; channels++)
        {
            (double wanted, double wantedSpread) = Moments(sums[2 * channels], sums[(2 * channels) + 1], count);
            (double mean, double spread) = Moments(sums[6 + (2 * channels)], sums[7 + (2 * channels)], count);
            double factor = !lab ? 1 : spread > Flat ? Math.Min(wantedSpread / spread, MaxGain) : 1;
            if (double.IsNaN(wanted - mean))
                break;
            (gain[channels], shift[channels]) = ((float)factor, (float)(wanted - (factor * mean)));
            (low[channels], high[channels]) = ((float)(wanted - (MaxDeviations * wantedSpread)), (float)(wanted + (MaxDeviations * wantedSpread)));
        }
    }

    /// <summary>What a color of the face becomes; unclipped where nothing changes.</summary>
    public (float Blue, float Green, float Red) Apply(float blue, float green, float red)
    {
        if (channels == 0)
            return (blue, green, red);
        if (spec.Color == ColorAdjust.Reinhard)
        {
            (float l, float a, float b) = LabColor.FromBgr(blue, green, red);
            return LabColor.ToBgr((gain[0] * l) + shift[0], Limit(1, (gain[1] * a) + shift[1]), Limit(2, (gain[2] * b) + shift[2]));
        }
        return (Math.Clamp(blue + shift[0], 0, 1), channels > 1 ? Math.Clamp(green + shift[1], 0, 1) : green, channels > 2 ? Math.Clamp(red + shift[2], 0, 1) : red);
    }

    private float Limit(int channel, float value) => Math.Min(Math.Max(value, low[channel]), high[channel]);

    private static void Add(Span<double> sums, bool lab, float blue, float green, float red)
    {
        (float first, float second, float third) = lab ? LabColor.FromBgr(blue, green, red) : (blue, green, red);
        Add(sums, first);
        Add(sums[2..], second);
        Add(sums[4..], third);
    }

    private static void Add(Span<double> sums, double value)
    {
        sums[0] += value;
        sums[1] += value * value;
    }

    private static (double Mean, double Deviation) Moments(double sum, double squares, int count)
    {
        double mean = sum / count;
        return (mean, Math.Sqrt(Math.Max((squares / count) - (mean * mean), 0)));
    }
}
