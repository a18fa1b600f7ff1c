using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// A face by way of its surroundings as 8-bit B, G, R: the new face is sampled into it wherever its square lies, everything is sharpened (the 3×3 kernel of −1 with 9 in the
/// middle; or 1.5 times the pixel less half of its Gaussian blur, rounded), blended with the original under the mask, and written back: BGR as it is; on YUV frames each
/// sample moves by what the color of its pixels changed, chroma by the mean change. Borders of the frame are mirrored without the edge.
/// </summary>
internal sealed unsafe class ReferenceCanvas(CompositorSpec spec)
{
    private readonly float[] gauss = CompositorTables.Gauss();
    private RectI held;
    private int width, height; // of the frame
    private int[] original = [], pasted = []; // (rows, columns, 3) of the canvas
    private float[] lines = [];

    /// <summary>Where a pixel lies in the square, in 1/32 pixel; null outside.</summary>
    public delegate (int X, int Y)? Places(int x, int y);

    /// <summary>Blends a face in.</summary>
    public void Blend(in CompositorSlot slot, ReferenceMaskRows mask, ReferenceFacePatch patch, Places place)
    {
        (held, width, height) = (slot.Canvas, slot.Width, slot.Height);
        (original, pasted) = (new int[held.Width * held.Height * 3], new int[held.Width * held.Height * 3]);
        Paste(slot, patch, place);
        if (spec.Sharpen == Sharpening.Gaussian)
            Across();
        RectI touched = slot.Touched;
        var changes = new float[touched.Width * touched.Height * 2]; // what each pixel asks of U and V
        var weights = new float[touched.Width * touched.Height];
        for (int y = touched.Y; y < touched.Bottom; y++)
        {
            for (int x = touched.X; x < touched.Right; x++)
            {
                int at = ((y - touched.Y) * touched.Width) + x - touched.X;
                weights[at] = mask.Weight(x, y);
                if (weights[at] > 0)
                    (changes[2 * at], changes[(2 * at) + 1]) = Store(slot, x, y, weights[at]);
            }
        }
        if (slot.Step0 != 3 && slot.Step1 != 0)
            Chroma(slot, changes, weights);
    }

    private void Paste(in CompositorSlot slot, ReferenceFacePatch patch, Places place)
    {
        for (int y = held.Y; y < held.Bottom; y++)
        {
            for (int x = held.X; x < held.Right; x++)
            {
                int at = At(x, y, 0);
                (original[at], original[at + 1], original[at + 2]) = ReferenceFaceCrop.FramePixel(slot, x, y);
                for (int c = 0; c < 3; c++)
                    pasted[at + c] = place(x, y) is (int fx, int fy) ? (int)(Math.Min(Math.Max(patch.Sample(fx, fy, c), 0), 255) + 0.5f) : original[at + c];
            }
        }
    }

    private void Across()
    {
        lines = new float[pasted.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            int x = held.X + (i / 3 % held.Width), y = held.Y + (i / 3 / held.Width);
            for (int tap = -CompositorTables.GaussRadius; tap <= CompositorTables.GaussRadius; tap++)
                lines[i] = MathF.FusedMultiplyAdd(pasted[At(Beside(x + tap, width, held.X, held.Right), y, i % 3)], gauss[tap + CompositorTables.GaussRadius], lines[i]);
        }
    }

    private int Sharpened(int x, int y, int c)
    {
        int own = pasted[At(x, y, c)];
        if (spec.Sharpen == Sharpening.Box)
        {
            int sum = 10 * own;
            for (int i = 0; i < 9; i++)
                sum -= pasted[At(Beside(x + (i % 3) - 1, width, held.X, held.Right), Beside(y + (i / 3) - 1, height, held.Y, held.Bottom), c)];
            return Math.Clamp(sum, 0, 255);
        }
        float blurred = 0;
        for (int tap = -CompositorTables.GaussRadius; tap <= CompositorTables.GaussRadius; tap++)
            blurred = MathF.FusedMultiplyAdd(lines[At(x, Beside(y + tap, height, held.Y, held.Bottom), c)], gauss[tap + CompositorTables.GaussRadius], blurred);
        return Math.Clamp((int)MathF.Round((1.5f * own) - (0.5f * MathF.Round(blurred))), 0, 255);
    }

    private (float U, float V) Store(in CompositorSlot slot, int x, int y, float weight)
    {
        Span<int> color = stackalloc int[3];
        for (int c = 0; c < 3; c++)
        {
            int old = original[At(x, y, c)], fresh = Sharpened(x, y, c);
            color[c] = weight == 1 ? fresh : (int)(old + ((fresh - old) * weight) + 0.5f);
            if (slot.Step0 == 3)
                *((byte*)slot.Plane0 + ((long)y * slot.Stride0) + (3L * x) + c) = (byte)color[c];
            color[c] -= old;
        }
        if (slot.Step0 == 3 || (color[0] | color[1] | color[2]) == 0)
            return default;
        var t = slot.Color;
        float bright = (t.Kb * color[0]) + (t.Kg * color[1]) + (t.Kr * color[2]);
        Move((byte*)slot.Plane0 + ((long)y * slot.Stride0) + x, t.LumaSpan / 255 * bright, t.LumaLow, t.LumaHigh);
        return (t.UPerBlue / 255 * (color[0] - bright), t.VPerRed / 255 * (color[2] - bright));
    }

    private static void Chroma(in CompositorSlot slot, float[] changes, float[] weights)
    {
        RectI touched = slot.Touched;
        int stepX = 1 << slot.ShiftX, stepY = 1 << slot.ShiftY;
        for (int y = touched.Y >> slot.ShiftY; y < (touched.Bottom + slot.ShiftY) >> slot.ShiftY; y++)
        {
            for (int x = touched.X >> slot.ShiftX; x < (touched.Right + slot.ShiftX) >> slot.ShiftX; x++)
            {
                float u = 0, v = 0;
                bool any = false;
                int count = 0;
                for (int i = 0; i < stepX * stepY; i++)
                {
                    int px = (x * stepX) + (i % stepX), py = (y * stepY) + (i / stepX);
                    if (px >= slot.Width || py >= slot.Height)
                        continue;
                    int at = ((py - touched.Y) * touched.Width) + px - touched.X;
                    (u, v, any, count) = (u + changes[2 * at], v + changes[(2 * at) + 1], any || weights[at] > 0, count + 1);
                }
                if (!any)
                    continue;
                long sample = ((long)y * slot.Stride1) + ((long)x * slot.Step1);
                Move((byte*)slot.Plane1 + sample, u * (1f / count), slot.Color.ChromaLow, slot.Color.ChromaHigh);
                Move((byte*)slot.Plane2 + sample, v * (1f / count), slot.Color.ChromaLow, slot.Color.ChromaHigh);
            }
        }
    }

    // A sample that was beyond the range already may stay there, but goes no further.
    private static void Move(byte* sample, float change, float low, float high) =>
        *sample = (byte)(Math.Clamp(*sample + change, Math.Min(low, *sample), Math.Max(high, *sample)) + 0.5f);

    // Beyond the canvas nothing that counts is asked for.
    private static int Beside(int position, int size, int first, int end) => Math.Clamp(CompositorTables.Mirror(position, size), first, end - 1);

    private int At(int x, int y, int c) => ((((y - held.Y) * held.Width) + x - held.X) * 3) + c;
}
