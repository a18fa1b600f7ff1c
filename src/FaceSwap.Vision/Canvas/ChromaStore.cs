using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Moves the chroma samples of a YUV frame by the mean change of the pixels that each stands for.</summary>
internal static unsafe class ChromaStore
{
    /// <summary>Writes all samples that a pixel with a weight belongs to.</summary>
    /// <param name="source">The frame's planes.</param>
    /// <param name="area">The pixels, in the frame.</param>
    /// <param name="weights">(area.Height, area.Width): samples of whose pixels all weights are 0 stay.</param>
    /// <param name="u">(area.Height, area.Width): the change of U that each pixel asks for.</param>
    /// <param name="v">The same of V.</param>
    public static void Write<T>(in YuvSource source, RectI area, ReadOnlySpan<byte> weights, float* u, float* v) where T : unmanaged
    {
        int across = source.HalfWidth ? 2 : 1, down = source.HalfHeight ? 2 : 1;
        int stride = source.ChromaU.PixelStride / sizeof(T);
        float low = source.Transform.ChromaLow, high = source.Transform.ChromaHigh;
        for (int row = area.Y / down; row <= (area.Bottom - 1) / down; row++)
        {
            T* toU = (T*)source.ChromaU.Row(row), toV = (T*)source.ChromaV.Row(row);
            int top = Math.Max(row * down, area.Y), bottom = Math.Min((row + 1) * down, area.Bottom);
            int rows = Math.Min((row + 1) * down, source.Luma.Height) - (row * down);
            for (int column = area.X / across; column <= (area.Right - 1) / across; column++)
            {
                int left = Math.Max(column * across, area.X), right = Math.Min((column + 1) * across, area.Right);
                int columns = Math.Min((column + 1) * across, source.Luma.Width) - (column * across);
                float sumU = 0, sumV = 0;
                int weight = 0;
                for (int y = top; y < bottom; y++)
                {
                    int at = ((y - area.Y) * area.Width) - area.X;
                    for (int x = left; x < right; x++)
                    {
                        weight |= weights[at + x];
                        sumU += u[at + x];
                        sumV += v[at + x];
                    }
                }
                if (weight == 0)
                    continue;
                float share = 1f / (rows * columns);
                Move(ref toU[column * stride], sumU * share, low, high);
                Move(ref toV[column * stride], sumV * share, low, high);
            }
        }
    }

    // A sample that was beyond the range already may stay there, but goes no further.
    private static void Move<T>(ref T sample, float change, float low, float high) where T : unmanaged
    {
        float old = Sample.Value(sample);
        sample = Sample.Truncated<T>(Math.Clamp(old + change, Math.Min(low, old), Math.Max(high, old)) + 0.5f);
    }
}
