using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>
/// A converted face prepared for bicubic sampling: one pixel of border before and two after in each direction, mirrored as OpenCV's
/// BORDER_REFLECT_101, so that a sample needs no case distinction. Tap −1 of pixel x stands at column x.
/// </summary>
internal sealed unsafe class FacePatch(int side)
{
    private readonly float[] bgr = GC.AllocateArray<float>((side + 3) * (side + 3) * 4, pinned: true);
    private readonly float[] luma = GC.AllocateArray<float>(((side + 3) * (side + 3)) + CubicLanes.ReadBeyond, pinned: true);
    private readonly float[] blues = GC.AllocateArray<float>(((side + 3) * (side + 3)) + CubicLanes.ReadBeyond, pinned: true);
    private readonly float[] reds = GC.AllocateArray<float>(((side + 3) * (side + 3)) + CubicLanes.ReadBeyond, pinned: true);
    private readonly float[] chroma = GC.AllocateArray<float>((side + 3) * (side + 3) * 2, pinned: true);

    /// <summary>Side of the face.</summary>
    public int Side => side;

    /// <summary>Pixels from one row to the next.</summary>
    public int Pitch => side + 3;

    /// <summary>(side + 3, side + 3, 4): B, G, R in 0..255 and a zero.</summary>
    public float* Bgr => Address(bgr);

    /// <summary>(side + 3, side + 3): Y in the frame's range.</summary>
    public float* Luma => Address(luma);

    /// <summary>(side + 3, side + 3, 2): U and V in the frame's range.</summary>
    public float* Chroma => Address(chroma);

    /// <summary>(side + 3, side + 3): U alone, as the samplers of eight pixels read it.</summary>
    public float* U => Address(blues);

    /// <summary>(side + 3, side + 3): V alone.</summary>
    public float* V => Address(reds);

    /// <summary>Takes the network's output for a BGR frame: times 255, clipped and truncated to whole numbers as the classic converter does.</summary>
    /// <param name="output">(side, side, 3), B, G, R in 0..1.</param>
    public void SetBgr(ReadOnlySpan<float> output)
    {
        for (int y = 0; y < side; y++)
        {
            float* to = Bgr + ((((y + 1) * Pitch) + 1) * 4);
            ReadOnlySpan<float> from = output.Slice(y * side * 3, side * 3);
            for (int x = 0; x < from.Length; x += 3, to += 4)
            {
                to[0] = Truncate(from[x]);
                to[1] = Truncate(from[x + 1]);
                to[2] = Truncate(from[x + 2]);
            }
        }
        Mirror(Bgr, 4);
    }

    /// <summary>Takes the network's output for a YUV or planar RGB frame; nothing is rounded before the frame's own samples are.</summary>
    /// <param name="output">(side, side, 3), B, G, R in 0..1.</param>
    /// <param name="t">The frame's matrix, range and depth.</param>
    /// <param name="rgb">Luma takes G, U takes B, and V takes R.</param>
    public void SetYuv(ReadOnlySpan<float> output, YuvTransform t, bool rgb = false)
    {
        float middle = t.ChromaMiddle;
        for (int y = 0; y < side; y++)
        {
            int start = ((y + 1) * Pitch) + 1;
            float* toLuma = Luma + start, toU = U + start, toV = V + start;
            float* toChroma = Chroma + (start * 2);
            ReadOnlySpan<float> from = output.Slice(y * side * 3, side * 3);
            for (int x = 0; x < side; x++)
            {
                float blue = Clip(from[3 * x]), green = Clip(from[(3 * x) + 1]), red = Clip(from[(3 * x) + 2]);
                if (rgb)
                {
                    toLuma[x] = t.LumaSpan * green;
                    toChroma[2 * x] = toU[x] = t.LumaSpan * blue;
                    toChroma[(2 * x) + 1] = toV[x] = t.LumaSpan * red;
                    continue;
                }
                float bright = (t.Kb * blue) + (t.Kg * green) + (t.Kr * red);
                toLuma[x] = t.LumaOffset + (t.LumaSpan * bright);
                toChroma[2 * x] = toU[x] = middle + (t.UPerBlue * (blue - bright));
                toChroma[(2 * x) + 1] = toV[x] = middle + (t.VPerRed * (red - bright));
            }
        }
        Mirror(Luma, 1);
        Mirror(Chroma, 2);
        Mirror(U, 1);
        Mirror(V, 1);
    }

    // A network that has diverged gives NaN; black is better than what a NaN becomes.
    private static float Clip(float value) => value > 0 ? Math.Min(value, 1) : 0;

    private static float Truncate(float value) => MathF.Floor(Clip(value) * 255f);

    private static float* Address(float[] pinned) =>
        (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private void Mirror(float* samples, int channels)
    {
        int row = Pitch * channels;
        for (int y = 1; y <= side; y++)
        {
            float* at = samples + (y * row);
            for (int c = 0; c < channels; c++)
            {
                at[c] = at[(2 * channels) + c];
                at[((side + 1) * channels) + c] = at[((side - 1) * channels) + c];
                at[((side + 2) * channels) + c] = at[((side - 2) * channels) + c];
            }
        }
        CopyRow(samples, row, 2, 0);
        CopyRow(samples, row, side - 1, side + 1);
        CopyRow(samples, row, side - 2, side + 2);
    }

    private static void CopyRow(float* samples, int row, int from, int to) =>
        new ReadOnlySpan<float>(samples + (from * row), row).CopyTo(new Span<float>(samples + (to * row), row));
}
