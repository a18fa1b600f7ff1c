using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Seamless cloning (Pérez, Gangnet and Blake, "Poisson Image Editing", 2003) as OpenCV's seamlessClone with NORMAL_CLONE does it: inside the mask,
/// eroded by three pixels, the gradients of the pasted face, outside those of the frame, and the picture with these gradients and the frame's own
/// border, by solving Poisson's equation on the mask's rectangle. An instance is scratch memory for one thread.
/// </summary>
internal sealed class SeamlessClone
{
    private readonly CloneMask mask = new();
    private readonly PoissonSolver solver = new();
    private float[] across = [], down = [], above = [];

    /// <summary>The rectangle of the frame that the result changes, and that <see cref="Apply"/> needs around it.</summary>
    public RectI Target => mask.Target;

    /// <summary>The rectangle of the frame whose pasted pixels are cloned.</summary>
    public RectI Source => mask.Source;

    /// <summary>(Target.Height, Target.Width): 0 where the result does not count.</summary>
    public ReadOnlySpan<byte> Weights => mask.All;

    /// <summary>Prepares the mask.</summary>
    /// <param name="weights">The face's weights.</param>
    /// <param name="width">Width of the frame.</param>
    /// <param name="height">Height of the frame.</param>
    /// <param name="shifted">Puts the face where the classic call puts it, which rounds its middle and so shifts it by a pixel in some frames and not in others.</param>
    /// <returns>False when there is nothing to clone and the face is to be blended.</returns>
    public bool Prepare(FaceMask weights, int width, int height, bool shifted) => mask.Build(weights, width, height, shifted);

    /// <summary>Clones the canvas's pasted pixels into its original ones; the result is in the canvas's pixels within <see cref="Target"/>.</summary>
    /// <param name="canvas">Holds at least <see cref="Source"/> and <see cref="Target"/>.</param>
    /// <param name="truncate">Rounds down to 8 bits, as OpenCV does; otherwise to nearest.</param>
    public void Apply(FaceCanvas canvas, bool truncate)
    {
        int width = Source.Width, height = Source.Height;
        solver.SetSize(width - 2, height - 2);
        RightHandSide(canvas, width, height);
        solver.Solve();
        float half = truncate ? 0 : 0.5f;
        for (int y = 1; y < height - 1; y++)
        {
            Span<byte> to = canvas.Pixels.Slice(At(canvas, Target, y) + 3, (width - 2) * 3);
            ReadOnlySpan<float> blue = solver.Row(0, y - 1), green = solver.Row(1, y - 1), red = solver.Row(2, y - 1);
            for (int x = 0; x < width - 2; x++)
            {
                to[3 * x] = (byte)Math.Clamp(blue[x] + half, 0, 255);
                to[(3 * x) + 1] = (byte)Math.Clamp(green[x] + half, 0, 255);
                to[(3 * x) + 2] = (byte)Math.Clamp(red[x] + half, 0, 255);
            }
        }
        mask.DropBorder();
    }

    // Divergence of the mixed gradients, less the frame's border where a pixel lies beside it.
    private void RightHandSide(FaceCanvas canvas, int width, int height)
    {
        int count = width * 3;
        Ensure(ref across, count);
        Ensure(ref down, count);
        Ensure(ref above, count);
        Differences(canvas, 0, width, down: above);
        for (int y = 1; y < height - 1; y++)
        {
            Differences(canvas, y, width, down, across);
            ReadOnlySpan<byte> frame = canvas.Original.Slice(At(canvas, Target, y), count);
            for (int channel = 0; channel < 3; channel++)
            {
                Span<float> row = solver.Row(channel, y - 1);
                int at = 3 + channel;
                for (int x = 0; x < row.Length; x++, at += 3)
                    row[x] = across[at] - across[at - 3] + down[at] - above[at];
                row[0] -= frame[channel];
                row[^1] -= frame[count - 3 + channel];
                if (y == 1)
                    Subtract(row, canvas.Original.Slice(At(canvas, Target, 0) + 3 + channel, count - 5 - channel));
                if (y == height - 2)
                    Subtract(row, canvas.Original.Slice(At(canvas, Target, height - 1) + 3 + channel, count - 5 - channel));
            }
            (above, down) = (down, above);
        }
    }

    private static void Subtract(Span<float> row, ReadOnlySpan<byte> border)
    {
        for (int x = 0; x < row.Length; x++)
            row[x] -= border[3 * x];
    }

    // Forward differences of a row, from each pixel to the next across and to the one below, mixed by the eroded mask.
    private void Differences(FaceCanvas canvas, int y, int width, Span<float> down, Span<float> across = default)
    {
        int count = width * 3;
        ReadOnlySpan<byte> eroded = mask.Eroded(y);
        ReadOnlySpan<byte> frame = canvas.Original.Slice(At(canvas, Target, y), count), frameBelow = canvas.Original.Slice(At(canvas, Target, y + 1), count);
        ReadOnlySpan<byte> face = canvas.Pixels.Slice(At(canvas, Source, y), count), faceBelow = canvas.Pixels.Slice(At(canvas, Source, y + 1), count);
        for (int x = 0; x < width; x++)
        {
            float inside = eroded[x] * (1f / 255), outside = 1 - inside;
            for (int i = 3 * x; i < (3 * x) + 3; i++)
            {
                down[i] = (inside * (faceBelow[i] - face[i])) + (outside * (frameBelow[i] - frame[i]));
                if (!across.IsEmpty && i < count - 3)
                    across[i] = (inside * (face[i + 3] - face[i])) + (outside * (frame[i + 3] - frame[i]));
            }
        }
    }

    private static int At(FaceCanvas canvas, RectI area, int y) =>
        ((area.Y - canvas.Bounds.Y + y) * canvas.Stride) + ((area.X - canvas.Bounds.X) * 3);

    private static void Ensure(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new float[length + (length / 2)];
    }
}
