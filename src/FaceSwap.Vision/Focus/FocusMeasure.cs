using System.Buffers;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// How sharp an extracted face is: the variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) of its eyes, nose, mouth and chin, with
/// the classic extraction's feature mask. Higher is sharper; the scale depends on the camera and on how large the face was. Allocates nothing.
/// </summary>
public static unsafe class FocusMeasure
{
    /// <summary>Side of the crops: <see cref="FaceAlignment.ExtractSide"/>.</summary>
    public const int Side = FaceAlignment.ExtractSide;

    private const int Count = Side * Side;

    /// <summary>Measures an extracted face.</summary>
    /// <param name="crop">A 256×256 <see cref="PixelFormat.Bgr24"/> crop with a padding of 48; only read.</param>
    /// <param name="landmarks">68 points in pixels of the frame that the crop was cut from.</param>
    /// <param name="map">The map that the crop was cut with (<see cref="FaceAlignment.ForExtraction"/>).</param>
    /// <returns>The variance, of squared 8-bit grey levels.</returns>
    public static double Of(Frame crop, ReadOnlySpan<Point2> landmarks, Affine map)
    {
        byte[] bgr = ArrayPool<byte>.Shared.Rent(Count * 3);
        byte[] gray = ArrayPool<byte>.Shared.Rent(Count);
        try
        {
            Isolate(crop, landmarks, map, bgr);
            fixed (byte* from = bgr, to = gray)
                Luma.ConvertRow(from, to, Count);
            return LaplacianVariance(gray.AsSpan(0, Count), Side, Side);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bgr);
            ArrayPool<byte>.Shared.Return(gray);
        }
    }

    /// <summary>The crop with all but its features faded to black: what is measured.</summary>
    /// <param name="crop">A 256×256 <see cref="PixelFormat.Bgr24"/> crop with a padding of 48; only read.</param>
    /// <param name="landmarks">68 points in pixels of the frame that the crop was cut from.</param>
    /// <param name="map">The map that the crop was cut with.</param>
    /// <param name="pool">Where the memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <returns>A frame of the same size, owned by the caller.</returns>
    public static PooledFrame Isolate(Frame crop, ReadOnlySpan<Point2> landmarks, Affine map, FramePool? pool = null)
    {
        byte[] bgr = ArrayPool<byte>.Shared.Rent(Count * 3);
        Isolate(crop, landmarks, map, bgr);
        PooledFrame result = (pool ?? FramePool.Shared).Rent(Side, Side, PixelFormat.Bgr24);
        for (int y = 0; y < Side; y++)
            bgr.AsSpan(y * Side * 3, Side * 3).CopyTo(result.Plane(0).RowSpan(y));
        ArrayPool<byte>.Shared.Return(bgr);
        return result;
    }

    private static void Isolate(Frame crop, ReadOnlySpan<Point2> landmarks, Affine map, Span<byte> bgr)
    {
        if (crop.Format != PixelFormat.Bgr24 || crop.Width != Side || crop.Height != Side)
            throw new ArgumentException($"a {Side}×{Side} Bgr24 crop is needed, not {crop.Width}×{crop.Height} {crop.Format}", nameof(crop));
        byte[] weights = ArrayPool<byte>.Shared.Rent(Count);
        FeatureMask.Fill(landmarks, map, weights);
        PlaneView plane = crop.Plane(0);
        for (int y = 0; y < Side; y++)
        {
            ReadOnlySpan<byte> from = plane.RowSpan(y);
            Span<byte> to = bgr.Slice(y * Side * 3, Side * 3);
            ReadOnlySpan<byte> row = weights.AsSpan(y * Side, Side);
            for (int x = 0; x < Side; x++)
            {
                // In this order of operations, in double precision: the truncation makes the difference of 29 and 28 from it.
                double weight = row[x] * (1.0 / FeatureMask.Full);
                to[3 * x] = (byte)(from[3 * x] * weight);
                to[(3 * x) + 1] = (byte)(from[(3 * x) + 1] * weight);
                to[(3 * x) + 2] = (byte)(from[(3 * x) + 2] * weight);
            }
        }
        ArrayPool<byte>.Shared.Return(weights);
    }

    /// <summary>The variance of the four-neighbour Laplacian, mirrored at the edges (OpenCV's Laplacian of aperture 1).</summary>
    internal static double LaplacianVariance(ReadOnlySpan<byte> gray, int width, int height)
    {
        long sum = 0, squares = 0;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> here = gray.Slice(y * width, width);
            ReadOnlySpan<byte> above = gray.Slice((y == 0 ? 1 : y - 1) * width, width);
            ReadOnlySpan<byte> below = gray.Slice((y == height - 1 ? height - 2 : y + 1) * width, width);
            for (int x = 0; x < width; x++)
            {
                int value = above[x] + below[x] + here[x == 0 ? 1 : x - 1] + here[x == width - 1 ? width - 2 : x + 1] - (4 * here[x]);
                sum += value;
                squares += value * value;
            }
        }
        double count = (double)width * height, mean = sum / count;
        return (squares / count) - (mean * mean);
    }
}
