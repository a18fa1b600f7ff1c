using FaceSwap.Core;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// Crop, mask and blend in scalar C#, pixel by pixel: old + w·(new − old), rounded, where new is the face sampled bicubically at the pixel's place in the square
/// and w the mask's weight; pixels whose place is outside the square stay. Chroma takes the mean weight of the pixels that it covers and is sampled at its own place.
/// </summary>
internal sealed unsafe class ReferenceCompositor : IFaceCompositor
{
    private readonly ReferenceMaskRows mask;
    private readonly ReferenceFacePatch patch;
    private readonly ReferenceCanvas canvas;
    private readonly float[]?[] crops; // (s, s, 3) B, G, R in 0..1

    public ReferenceCompositor(in CompositorSpec spec)
    {
        Spec = spec.Checked();
        mask = new ReferenceMaskRows(Spec);
        patch = new ReferenceFacePatch(Spec);
        canvas = new ReferenceCanvas(Spec);
        crops = new float[spec.Slots][];
        for (int i = 0; i < spec.Slots && spec.Color != ColorAdjust.None; i++)
            crops[i] = new float[spec.Side * spec.Side * 3];
    }

    public CompositorSpec Spec { get; }

    public long ScratchBytes => (16L * Spec.MaxHeight) + (12L * (Spec.Side + 3) * (Spec.Side + 3)) + crops.Sum(c => sizeof(float) * c?.LongLength ?? 0);

    public void Crop(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> networkInput)
    {
        CompositorSlot* at = HostSpan.Pointer(slots, Spec.Slots, nameof(slots));
        byte* to = HostSpan.Pointer(networkInput, Spec.ImageCount * Spec.InputType.Bytes(), nameof(networkInput));
        long index = 0;
        for (int i = 0; i < Spec.Slots; i++)
        {
            for (int pixel = 0; pixel < Spec.Side * Spec.Side; pixel++, index += 3)
            {
                (float blue, float green, float red) = at[i].IsEmpty
                    ? default
                    : ReferenceFaceCrop.Pixel(at[i], pixel % Spec.Side, pixel / Spec.Side);
                Store(to, index, blue);
                Store(to, index + 1, green);
                Store(to, index + 2, red);
                if (crops[i] is { } crop)
                    (crop[3 * pixel], crop[(3 * pixel) + 1], crop[(3 * pixel) + 2]) = (blue, green, red);
            }
        }
    }

    public void Blend(DeviceSpan<CompositorSlot> slots, DeviceSpan<float> networkOutput)
    {
        CompositorSlot* at = HostSpan.Pointer(slots, Spec.Slots, nameof(slots));
        float* faces = HostSpan.Pointer(networkOutput, Spec.ImageCount, nameof(networkOutput));
        for (int i = 0; i < Spec.Slots; i++)
        {
            if (at[i].IsEmpty || at[i].Touched.IsEmpty)
                continue;
            mask.Build(at[i]);
            patch.Set(at[i], faces + ((long)i * Spec.Side * Spec.Side * 3), crops[i]);
            if (Spec.UsesCanvas)
            {
                CompositorSlot slot = at[i];
                canvas.Blend(slot, mask, patch, (x, y) => InSquare(slot, x, y));
                continue;
            }
            if (at[i].Step0 == 3)
            {
                Pixels(at[i]);
                continue;
            }
            Luma(at[i]);
            if (at[i].Step1 != 0)
                Chroma(at[i]);
        }
    }

    public void Pack(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> packed)
    {
        CompositorSlot* at = HostSpan.Pointer(slots, Spec.Slots, nameof(slots));
        byte* to = HostSpan.Pointer(packed, packed.Length, nameof(packed));
        for (int i = 0; i < Spec.Slots; i++)
        {
            if (at[i].Packed < 0)
                continue;
            byte* into = to + at[i].Packed;
            into = PackPlane(into, at[i].Plane0, at[i].Stride0, at[i].Step0, 0, 0, at[i].Touched);
            if (at[i].Step1 != 0)
                into = PackPlane(into, at[i].Plane1, at[i].Stride1, at[i].Step1, at[i].ShiftX, at[i].ShiftY, at[i].Touched);
            if (at[i].Step1 == 1)
                PackPlane(into, at[i].Plane2, at[i].Stride1, 1, at[i].ShiftX, at[i].ShiftY, at[i].Touched);
        }
    }

    public void Dispose()
    {
    }

    private static byte* PackPlane(byte* to, long plane, int stride, int step, int shiftX, int shiftY, RectI rect)
    {
        int first = (rect.X >> shiftX) * step, bytes = (((rect.Right + shiftX) >> shiftX) * step) - first;
        int pitch = PackedRectangle.Pitch(first, bytes);
        for (int y = rect.Y >> shiftY; y < (rect.Bottom + shiftY) >> shiftY; y++, to += pitch)
            Buffer.MemoryCopy((byte*)plane + ((long)y * stride) + first, to + (first & 3), bytes, bytes);
        return to;
    }

    private void Pixels(in CompositorSlot slot)
    {
        RectI touched = slot.Touched;
        for (int y = touched.Y; y < touched.Bottom; y++)
        {
            for (int x = touched.X; x < touched.Right; x++)
            {
                (float weight, int fx, int fy) = Place(slot, x, y);
                byte* pixel = (byte*)slot.Plane0 + ((long)y * slot.Stride0) + (3L * x);
                for (int c = 0; c < 3 && weight > 0; c++)
                {
                    int sample = Round(patch.Sample(fx, fy, c));
                    pixel[c] = (byte)(weight == 1 ? sample : Round(pixel[c] + ((sample - (float)pixel[c]) * weight)));
                }
            }
        }
    }

    private void Luma(in CompositorSlot slot)
    {
        RectI touched = slot.Touched;
        for (int y = touched.Y; y < touched.Bottom; y++)
        {
            for (int x = touched.X; x < touched.Right; x++)
            {
                (float weight, int fx, int fy) = Place(slot, x, y);
                if (weight > 0)
                    Blend((byte*)slot.Plane0 + ((long)y * slot.Stride0) + x, patch.Sample(fx, fy, 0), slot.Color.LumaLow, slot.Color.LumaHigh, weight);
            }
        }
    }

    private void Chroma(in CompositorSlot slot)
    {
        RectI touched = slot.Touched;
        int stepX = 1 << slot.ShiftX, stepY = 1 << slot.ShiftY;
        for (int y = touched.Y >> slot.ShiftY; y < (touched.Bottom + slot.ShiftY) >> slot.ShiftY; y++)
        {
            for (int x = touched.X >> slot.ShiftX; x < (touched.Right + slot.ShiftX) >> slot.ShiftX; x++)
            {
                float weight = 0;
                int count = 0;
                for (int i = 0; i < stepX * stepY; i++)
                {
                    int px = (x * stepX) + (i / stepY), py = (y * stepY) + (i % stepY);
                    if (px >= slot.Width || py >= slot.Height)
                        continue;
                    weight += Place(slot, px, py).Weight;
                    count++;
                }
                if (weight == 0)
                    continue;
                weight /= count;
                (int fx, int fy) = ChromaPlace(slot, x, y);
                long at = ((long)y * slot.Stride1) + ((long)x * slot.Step1);
                Blend((byte*)slot.Plane1 + at, patch.Sample(fx, fy, 1), slot.Color.ChromaLow, slot.Color.ChromaHigh, weight);
                Blend((byte*)slot.Plane2 + at, patch.Sample(fx, fy, 2), slot.Color.ChromaLow, slot.Color.ChromaHigh, weight);
            }
        }
    }

    // A pixel's weight and its place in the square in 1/32 pixel; the weight is 0 outside the square.
    private (float Weight, int X, int Y) Place(in CompositorSlot slot, int x, int y) =>
        InSquare(slot, x, y) is (int fx, int fy) ? (mask.Weight(x, y), fx, fy) : default;

    private (int X, int Y)? InSquare(in CompositorSlot slot, int x, int y)
    {
        (int columnX, int columnY) = FixedWarp.Column(slot.ToSquare, x);
        (int rowX, int rowY) = FixedWarp.Row(slot.ToSquare, y);
        int fx = FixedWarp.Coordinate(columnX, rowX), fy = FixedWarp.Coordinate(columnY, rowY), limit = Spec.Side << FixedWarp.FractionBits;
        return (uint)fx < (uint)limit && (uint)fy < (uint)limit ? (fx, fy) : null;
    }

    // A sample of chroma whose own place is just outside the square takes the square's edge.
    private (int X, int Y) ChromaPlace(in CompositorSlot slot, int x, int y)
    {
        double row = slot.ShiftY != 0 ? (2 * y) + 0.5 : y;
        int step = 1 << slot.ShiftX, limit = (Spec.Side << FixedWarp.FractionBits) - 1;
        double fx = ((slot.ToSquare.A * step) * x) + ((slot.ToSquare.B * row) + slot.ToSquare.C);
        double fy = ((slot.ToSquare.D * step) * x) + ((slot.ToSquare.E * row) + slot.ToSquare.F);
        return (Math.Clamp((int)((fx * FixedWarp.Steps) + 0.5), 0, limit), Math.Clamp((int)((fy * FixedWarp.Steps) + 0.5), 0, limit));
    }

    private static void Blend(byte* sample, float value, float low, float high, float weight)
    {
        value = Math.Min(Math.Max(value, low), high);
        *sample = (byte)(weight == 1 ? value + 0.5f : *sample + (weight * (value - *sample)) + 0.5f);
    }

    private static int Round(float value) => (int)(Math.Min(Math.Max(value, 0), 255) + 0.5f);

    private void Store(byte* to, long index, float value)
    {
        if (Spec.InputType == ElementType.Float32)
            ((float*)to)[index] = value;
        else
            ((ushort*)to)[index] = BFloat16Bits.FromSingle(value);
    }
}
