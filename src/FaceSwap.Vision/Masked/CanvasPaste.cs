using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Pastes a face whose pixels depend on their neighbours in the frame: sharpened, or cloned seamlessly. Only the rectangle that counts becomes BGR
/// (<see cref="FaceCanvas"/>). BGR frames come out as the classic converter leaves them; on YUV frames the clone rounds to nearest and is not
/// shifted by the classic call's rounded middle, which would make the face tremble in a video. Scratch memory for one thread.
/// </summary>
internal sealed unsafe class CanvasPaste(MaskedOptions options)
{
    private readonly FaceCanvas canvas = new();
    private readonly SharpenFilter sharpen = new();
    private readonly SeamlessClone? clone = options.SeamlessClone ? new SeamlessClone() : null;
    private byte[] touched = [];
    private float[] ones = [];

    /// <summary>Puts the face in.</summary>
    /// <param name="writable">The frame.</param>
    /// <param name="mask">The face's weights, not empty.</param>
    /// <param name="patch">The face as BGR.</param>
    /// <param name="toSquare">From frame pixels to the face's.</param>
    /// <param name="columnX">The warp's contributions of the frame's columns to x.</param>
    /// <param name="columnY">The same to y.</param>
    /// <returns>The rectangle of changed pixels.</returns>
    public RectI Paste(Frame writable, FaceMask mask, FacePatch patch, Affine toSquare, int* columnX, int* columnY)
    {
        bool classic = writable.Format == PixelFormat.Bgr24;
        bool cloned = clone is not null && clone.Prepare(mask, writable.Width, writable.Height, shifted: classic);
        RectI area = mask.Bounds;
        int radius = SharpenFilter.Radius(options.Sharpen);
        RectI needed = new(area.X - radius, area.Y - radius, area.Width + (2 * radius), area.Height + (2 * radius));
        if (cloned)
            needed = Union(needed, clone!.Target);
        needed = needed.Intersect(new RectI(0, 0, writable.Width, writable.Height));
        canvas.Load(writable, needed);
        if (ones.Length < needed.Width)
        {
            ones = new float[needed.Width * 2];
            ones.AsSpan().Fill(1);
        }
        PlaneView plane = canvas.InFrame();
        for (int y = needed.Y; y < needed.Bottom; y++)
            BgrPaste.Row(plane, y, needed.X, ones.AsSpan(0, needed.Width), patch, toSquare, columnX, columnY);
        sharpen.Apply(options.Sharpen, canvas.Pixels, needed.Width, needed.Height);
        if (cloned)
        {
            clone!.Apply(canvas, truncate: classic);
            canvas.Store(writable, clone.Target, clone.Weights);
            return clone.Target;
        }
        Blend(mask, area);
        canvas.Store(writable, area, touched.AsSpan(0, area.Width * area.Height));
        return area;
    }

    private void Blend(FaceMask mask, RectI area)
    {
        if (touched.Length < area.Width * area.Height)
            touched = new byte[area.Width * area.Height * 2];
        RectI held = canvas.Bounds;
        for (int y = 0; y < area.Height; y++)
        {
            int at = ((area.Y - held.Y + y) * canvas.Stride) + ((area.X - held.X) * 3);
            Span<byte> pixels = canvas.Pixels.Slice(at, area.Width * 3);
            ReadOnlySpan<byte> original = canvas.Original.Slice(at, area.Width * 3);
            Span<byte> changed = touched.AsSpan(y * area.Width, area.Width);
            ReadOnlySpan<float> weights = mask.Row(area.Y + y);
            for (int x = 0; x < weights.Length; x++)
            {
                float weight = weights[x];
                changed[x] = weight > 0 ? (byte)1 : (byte)0;
                if (weight is 0 or 1)
                    continue;
                for (int i = 3 * x; i < (3 * x) + 3; i++)
                    pixels[i] = (byte)(original[i] + ((pixels[i] - original[i]) * weight) + 0.5f);
            }
        }
    }

    private static RectI Union(RectI a, RectI b)
    {
        int x = Math.Min(a.X, b.X), y = Math.Min(a.Y, b.Y);
        return new RectI(x, y, Math.Max(a.Right, b.Right) - x, Math.Max(a.Bottom, b.Bottom) - y);
    }
}
