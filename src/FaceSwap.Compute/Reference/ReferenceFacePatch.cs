using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// A new face prepared for bicubic sampling: for BGR frames and canvases times 255 and truncated, for YUV frames Y, U and V in the frame's range, unrounded; before
/// that, if asked, its values are mapped so that each channel's histogram becomes the crop's (quantiles of the face by linear interpolation
/// onto quantiles and values of the crop, truncated), or moved by <see cref="ReferenceMoments"/>. Borders are mirrored without the edge (one pixel before, two after).
/// </summary>
internal sealed unsafe class ReferenceFacePatch(CompositorSpec spec)
{
    private readonly int pitch = spec.Side + 3;
    private readonly float[] samples = new float[(spec.Side + 3) * (spec.Side + 3) * 3]; // (s + 3, s + 3, 3): B, G, R or Y, U, V
    private readonly float[,] map = new float[3, 256];
    private readonly float[] weights = BicubicWeights.Table();
    private readonly ReferenceMoments moments = new(spec);

    /// <summary>Takes the network's output for a face, and its crop for the colors.</summary>
    /// <param name="slot">The face.</param>
    /// <param name="output">(s, s, 3), B, G, R in 0..1.</param>
    /// <param name="crop">(s, s, 3) of the crop; null: colors stay.</param>
    public void Set(in CompositorSlot slot, float* output, float[]? crop)
    {
        if (spec.Color == ColorAdjust.Histogram)
            Match(output, crop!);
        else if (spec.MeasuresColor)
            moments.Measure(slot, output, crop!);
        for (int row = 0; row < pitch; row++)
        {
            for (int column = 0; column < pitch; column++)
            {
                int x = CompositorTables.Mirror(column - 1, spec.Side), y = CompositorTables.Mirror(row - 1, spec.Side);
                float* from = output + (((y * spec.Side) + x) * 3);
                (float blue, float green, float red) = spec.MeasuresColor ? moments.Apply(from[0], from[1], from[2]) : (from[0], from[1], from[2]);
                (blue, green, red) = (Clip(blue), Clip(green), Clip(red));
                if (spec.Color == ColorAdjust.Histogram)
                    (blue, green, red) = (map[0, (byte)(blue * 255f)], map[1, (byte)(green * 255f)], map[2, (byte)(red * 255f)]);
                Span<float> to = samples.AsSpan(((row * pitch) + column) * 3, 3);
                if (slot.Step0 == 3 || spec.UsesCanvas)
                {
                    (to[0], to[1], to[2]) = (MathF.Floor(blue * 255f), MathF.Floor(green * 255f), MathF.Floor(red * 255f));
                    continue;
                }
                var t = slot.Color;
                float bright = (t.Kb * blue) + (t.Kg * green) + (t.Kr * red);
                to[0] = t.LumaOffset + (t.LumaSpan * bright);
                to[1] = 128 + (t.UPerBlue * (blue - bright));
                to[2] = 128 + (t.VPerRed * (red - bright));
            }
        }
    }

    /// <summary>A sample at a position in 1/32 pixel: the four columns down first, then across.</summary>
    public float Sample(int fixedX, int fixedY, int channel)
    {
        int x = fixedX >> FixedWarp.FractionBits, y = fixedY >> FixedWarp.FractionBits;
        int across = 4 * (fixedX & (FixedWarp.Steps - 1)), down = 4 * (fixedY & (FixedWarp.Steps - 1));
        float result = 0;
        for (int i = 0; i < 4; i++)
        {
            float column = At(x + i, y, channel) * weights[down];
            for (int j = 1; j < 4; j++)
                column = MathF.FusedMultiplyAdd(At(x + i, y + j, channel), weights[down + j], column);
            result = i == 0 ? column * weights[across] : MathF.FusedMultiplyAdd(column, weights[across + i], result);
        }
        return result;
    }

    private float At(int column, int row, int channel) => samples[(((row * pitch) + column) * 3) + channel];

    // A network that has diverged gives NaN: black.
    private static float Clip(float value) => value > 0 ? Math.Min(value, 1) : 0;

    private void Match(float* output, float[] crop)
    {
        int pixels = spec.Side * spec.Side;
        for (int channel = 0; channel < 3; channel++)
        {
            int[] ofFace = new int[256], ofCrop = new int[256];
            for (int i = 0; i < pixels; i++)
            {
                ofFace[(byte)(Clip(output[(3 * i) + channel]) * 255f)]++;
                ofCrop[ReferenceFaceCrop.ToByte(crop[(3 * i) + channel])]++;
            }
            int below = 0;
            for (int value = 0; value < 256; value++)
            {
                below += ofFace[value];
                map[channel, value] = ((byte)Interpolate(ofCrop, below, pixels) + 0.01f) / 255f; // a hair above: pasting truncates
            }
        }
    }

    // The crop's value at the quantile `below` of `pixels`.
    private static double Interpolate(int[] ofCrop, int below, int pixels)
    {
        int sum = 0, value = 0, before = -1;
        while (value < 255 && sum + ofCrop[value] < below)
        {
            if (ofCrop[value] > 0)
                before = value;
            sum += ofCrop[value++];
        }
        if (before < 0 || sum + ofCrop[value] == below)
            return value;
        double low = sum / (double)pixels, high = (sum + ofCrop[value]) / (double)pixels;
        return before + ((value - before) / (high - low) * ((below / (double)pixels) - low));
    }
}
