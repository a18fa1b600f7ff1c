using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>A part of a frame in memory of its own: (H, W, 3) R, G, B.</summary>
internal readonly struct RgbImage(int width, int height, byte[] samples)
{
    private const int Channels = 3;

    // 1, 4, 6, 4, 1 both ways.
    private const int GaussianSum = 256;

    public int Width => width;

    public int Height => height;

    /// <summary>Copies a part of a frame.</summary>
    public static unsafe RgbImage Of(Frame frame, RectI part)
    {
        byte[] samples = new byte[part.Width * part.Height * Channels];
        float[] row = new float[part.Width * Channels];
        for (int y = 0; y < part.Height; y++)
        {
            fixed (float* to = row)
                RgbRows.Write(frame, new RectI(part.X, part.Y + y, part.Width, 1), default, 1, to, row.Length);
            for (int i = 0; i < row.Length; i++)
                samples[(y * row.Length) + i] = (byte)(row[i] + 0.5f);
        }
        return new RgbImage(part.Width, part.Height, samples);
    }

    /// <summary>Half the size, of a 5×5 Gaussian (dlib's <c>pyramid_down&lt;2&gt;</c>): pixel (x, y) lies on (2x + 2, 2y + 2).</summary>
    public RgbImage Half()
    {
        int halfWidth = (width - 3) / 2, halfHeight = (height - 3) / 2;
        int[] lines = new int[height * halfWidth * Channels];
        for (int y = 0; y < height; y++)
        {
            for (int i = 0; i < halfWidth * Channels; i++)
            {
                int at = (((y * width) + (i / Channels * 2)) * Channels) + (i % Channels);
                lines[(y * halfWidth * Channels) + i] = samples[at] + (4 * samples[at + 3]) + (6 * samples[at + 6]) + (4 * samples[at + 9]) + samples[at + 12];
            }
        }
        int row = halfWidth * Channels;
        byte[] result = new byte[halfHeight * row];
        for (int y = 0; y < halfHeight; y++)
        {
            for (int i = 0; i < row; i++)
            {
                int at = (2 * y * row) + i;
                result[(y * row) + i] = (byte)((lines[at] + (4 * lines[at + row]) + (6 * lines[at + (2 * row)]) + (4 * lines[at + (3 * row)]) + lines[at + (4 * row)]) / GaussianSum);
            }
        }
        return new RgbImage(halfWidth, halfHeight, result);
    }

    /// <summary>Reads between four pixels; outside it leaves the target alone.</summary>
    public void Sample(double x, double y, Span<byte> rgb)
    {
        int left = (int)Math.Floor(x), top = (int)Math.Floor(y);
        if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height)
            return;
        double across = x - left, down = y - top;
        int at = ((top * width) + left) * Channels, below = at + (width * Channels);
        for (int c = 0; c < Channels; c++, at++, below++)
        {
            double value = ((1 - down) * (((1 - across) * samples[at]) + (across * samples[at + Channels])))
                + (down * (((1 - across) * samples[below]) + (across * samples[below + Channels])));
            rgb[c] = (byte)value;
        }
    }
}
