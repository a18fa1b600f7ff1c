using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// Colors by their moments in the middle of the mask (<see cref="InnerRuns"/>), as the square shows it. Reinhard: per channel of L*a*b*, x·gain + shift, so that
/// mean and standard deviation become the crop's, where the face's deviation is the greater of those in the middle and in the whole mask (erosion and blur change only its edge);
/// the gain is at most 4, and 1 for a face without contrast. A mask without a middle is measured wholly. Average: per channel of B, G, R, x + shift. Nothing changes where
/// the mask is empty; a mean that is no number leaves its channel and those after it alone. Sums in double.
/// </summary>
internal sealed unsafe class ReferenceMoments(CompositorSpec spec)
{
    private const double MaxGain = 4, Flat = 1e-3;

    private readonly (int First, int Last)[] runs = new (int First, int Last)[spec.Side], inner = new (int First, int Last)[spec.Side];
    private readonly float[] gain = new float[3], shift = new float[3];
    private int channels; // that change

    /// <summary>Measures a face and the crop that it replaces.</summary>
    /// <param name="slot">Its mask.</param>
    /// <param name="output">(s, s, 3), B, G, R in 0..1.</param>
    /// <param name="crop">The same of the crop.</param>
    public void Measure(in CompositorSlot slot, float* output, float[] crop)
    {
        bool lab = spec.Color == ColorAdjust.Reinhard;
        Span<double> whole = stackalloc double[12], middle = stackalloc double[12]; // of crop and face, each channel's sum and squares
        for (int y = 0; y < spec.Side; y++)
        {
            (int first, int last) = spec.Mask == MaskType.Rect ? (0, spec.Side - 1) : ReferenceMaskRows.HullRow(slot.SquareHull, slot.SquareCorners, y);
            runs[y] = (Math.Max(first, 0), Math.Min(last, spec.Side - 1));
        }
        InnerRuns.Fill(runs, inner);
        int pixels = Sum(runs, lab, output, crop, whole), count = Sum(inner, lab, output, crop, middle);
        if (count == 0)
        {
            whole.CopyTo(middle);
            count = pixels;
        }
        channels = 0;
        for (; channels < 3 && count > 0; channels++)
        {
            (double wanted, double wantedSpread) = Moments(middle[2 * channels], middle[(2 * channels) + 1], count);
            (double mean, double spread) = Moments(middle[6 + (2 * channels)], middle[7 + (2 * channels)], count);
            spread = Math.Max(spread, Moments(whole[6 + (2 * channels)], whole[7 + (2 * channels)], pixels).Deviation);
            double factor = !lab ? 1 : spread > Flat ? Math.Min(wantedSpread / spread, MaxGain) : 1;
            if (double.IsNaN(wanted - mean))
                break;
            (gain[channels], shift[channels]) = ((float)factor, (float)(wanted - (factor * mean)));
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
            return LabColor.ToBgr((gain[0] * l) + shift[0], (gain[1] * a) + shift[1], (gain[2] * b) + shift[2]);
        }
        return (Math.Clamp(blue + shift[0], 0, 1), channels > 1 ? Math.Clamp(green + shift[1], 0, 1) : green, channels > 2 ? Math.Clamp(red + shift[2], 0, 1) : red);
    }

    // The pixels of some runs.
    private int Sum((int First, int Last)[] of, bool lab, float* output, float[] crop, Span<double> sums)
    {
        sums.Clear();
        int count = 0;
        for (int y = 0; y < of.Length; y++)
        {
            for (int x = of[y].First; x <= of[y].Last; x++, count++)
            {
                int at = 3 * ((y * spec.Side) + x);
                Add(sums[..6], lab, crop[at], crop[at + 1], crop[at + 2]);
                Add(sums[6..], lab, output[at], output[at + 1], output[at + 2]);
            }
        }
        return count;
    }

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
