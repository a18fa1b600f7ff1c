using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Models;

/// <summary>
/// Paints the tiled pyramid of a frame: RGB less its mean, divided by 256, fp32 (H, W, 3); each level is the one before, resized bilinearly with corners on
/// corners (dlib's <c>resize_image</c>). What lies between the levels is left as it is, zero.
/// </summary>
internal sealed unsafe class PyramidPainter
{
    private const int Channels = 3;
    private const float Scale = 1 / 256f;

    private readonly PyramidTiles tiles;
    private readonly (float Red, float Green, float Blue) mean;
    private readonly (int Left, float Part)[][] columns; // of each level but the first, its source columns (element offset) and the part of the right one
    private readonly float[] line; // a row of the level above, blended of two

    public PyramidPainter(PyramidTiles tiles, (float Red, float Green, float Blue) mean)
    {
        (this.tiles, this.mean) = (tiles, mean);
        columns = [.. tiles.Levels.Skip(1).Select((level, i) => Columns(tiles.Levels[i].Width, level.Width))];
        // Pixels are read four floats at a time.
        line = new float[(tiles.Levels[0].Width * Channels) + Vector<float>.Count + 4];
    }

    /// <summary>Paints.</summary>
    /// <param name="frame">Of the size that the tiles are for.</param>
    /// <param name="target">(Height, Width, 3) of the tiles, zero between them.</param>
    public void Paint(Frame frame, float* target)
    {
        RgbRows.Write(frame, new RectI(0, 0, frame.Width, frame.Height), mean, Scale, At(target, tiles.Levels[0], 0), tiles.Width * Channels);
        for (int i = 1; i < tiles.Levels.Count; i++)
        {
            RectI from = tiles.Levels[i - 1], to = tiles.Levels[i];
            double step = (from.Height - 1) / (double)Math.Max(to.Height - 1, 1);
            for (int y = 0; y < to.Height; y++)
            {
                // The last row may come out a rounding error below the source's last.
                double place = y * step;
                int top = Math.Min((int)place, from.Height - 1), bottom = Math.Min(top + 1, from.Height - 1);
                Blend(At(target, from, top), At(target, from, bottom), (float)(place - top), from.Width * Channels);
                Shrink(columns[i - 1], At(target, to, y));
            }
        }
    }

    private float* At(float* target, RectI level, int y) => target + ((((long)(level.Y + y) * tiles.Width) + level.X) * Channels);

    private void Blend(float* top, float* bottom, float part, int count)
    {
        fixed (float* to = line)
        {
            int i = 0;
            Vector<float> factor = new(part);
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> a = Unsafe.ReadUnaligned<Vector<float>>(top + i), b = Unsafe.ReadUnaligned<Vector<float>>(bottom + i);
                Unsafe.WriteUnaligned(to + i, a + (factor * (b - a)));
            }
            for (; i < count; i++)
                to[i] = top[i] + (part * (bottom[i] - top[i]));
        }
    }

    private void Shrink((int Left, float Part)[] places, float* to)
    {
        fixed (float* from = line)
        {
            int last = places.Length - 1;
            for (int x = 0; x < last; x++, to += Channels)
            {
                (int left, float part) = places[x];
                Vector128<float> a = Vector128.Load(from + left), b = Vector128.Load(from + left + Channels);
                // The fourth float belongs to the next pixel, which is written after this one.
                (a + (Vector128.Create(part) * (b - a))).Store(to);
            }
            // Beside the last pixel lies what must stay zero, or another level. Its right neighbor may not exist, and then its part is 0.
            (int lastLeft, float lastPart) = places[last];
            for (int c = 0; c < Channels; c++)
                to[c] = from[lastLeft + c] + (lastPart > 0 ? lastPart * (from[lastLeft + Channels + c] - from[lastLeft + c]) : 0);
        }
    }

    private static (int, float)[] Columns(int from, int to)
    {
        double step = (from - 1) / (double)Math.Max(to - 1, 1);
        var places = new (int, float)[to];
        for (int x = 0; x < to; x++)
        {
            double place = x * step;
            int left = Math.Min((int)place, from - 1);
            places[x] = (left * Channels, left == from - 1 ? 0 : (float)(place - left));
        }
        return places;
    }
}
