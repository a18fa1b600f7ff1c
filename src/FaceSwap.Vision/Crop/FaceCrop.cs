using System.Buffers;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Square crops of frames by an affine map, bilinear, black outside the frame. From BGR frames they equal OpenCV's warpAffine; from YUV
/// frames luma and chroma are sampled where they lie and only the samples needed are converted, by the frame's matrix and range.
/// </summary>
public static unsafe class FaceCrop
{
    /// <summary>Largest side of a crop.</summary>
    public const int MaxSide = 4096;

    /// <summary>Makes a crop as a <see cref="PixelFormat.Bgr24"/> frame, owned by the caller.</summary>
    /// <param name="frame">Any format; only read.</param>
    /// <param name="map">From frame pixels to crop pixels.</param>
    /// <param name="side">Side of the crop in pixels.</param>
    /// <param name="pool">Where the memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    public static PooledFrame Extract(Frame frame, Affine map, int side, FramePool? pool = null)
    {
        Check(side);
        PooledFrame crop = (pool ?? FramePool.Shared).Rent(side, side, PixelFormat.Bgr24);
        PlaneView plane = crop.Plane(0);
        ToBytes(frame, map, side, plane.Row(0), plane.Stride);
        return crop;
    }

    /// <summary>Makes a crop as bytes.</summary>
    /// <param name="frame">Any format; only read.</param>
    /// <param name="map">From frame pixels to crop pixels.</param>
    /// <param name="side">Side of the crop in pixels.</param>
    /// <param name="bgr">(side, side, 3), B, G, R; overwritten.</param>
    public static void ToBytes(Frame frame, Affine map, int side, Span<byte> bgr)
    {
        Check(side);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, side * side * 3, nameof(bgr));
        fixed (byte* target = bgr)
            ToBytes(frame, map, side, target, side * 3);
    }

    /// <summary>Makes a crop as numbers in 0..1: the network's input.</summary>
    /// <param name="frame">Any format; only read.</param>
    /// <param name="map">From frame pixels to crop pixels.</param>
    /// <param name="side">Side of the crop in pixels.</param>
    /// <param name="bgr">(side, side, 3), B, G, R; overwritten.</param>
    public static void ToFloats(Frame frame, Affine map, int side, Span<float> bgr)
    {
        Check(side);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, side * side * 3, nameof(bgr));
        Affine toFrame = map.Invert();
        fixed (float* target = bgr)
        {
            if (frame.Format == PixelFormat.Bgr24)
            {
                int count = side * side * 3;
                byte[] bytes = ArrayPool<byte>.Shared.Rent(count);
                fixed (byte* source = bytes)
                {
                    BgrWarp.Fill(frame.Plane(0), toFrame, side, side, source, side * 3);
                    for (int i = 0; i < count; i++)
                        target[i] = source[i] / 255f;
                }
                ArrayPool<byte>.Shared.Return(bytes);
                return;
            }
            YuvSource planes = new(frame);
            for (int y = 0; y < side; y++)
                YuvWarp.Row(planes, toFrame, y, side, target + ((nint)y * side * 3));
        }
    }

    private static void ToBytes(Frame frame, Affine map, int side, byte* target, int stride)
    {
        Affine toFrame = map.Invert();
        if (frame.Format == PixelFormat.Bgr24)
        {
            BgrWarp.Fill(frame.Plane(0), toFrame, side, side, target, stride);
            return;
        }
        YuvSource source = new(frame);
        int count = side * 3;
        float[] numbers = ArrayPool<float>.Shared.Rent(count);
        fixed (float* row = numbers)
        {
            for (int y = 0; y < side; y++)
            {
                YuvWarp.Row(source, toFrame, y, side, row);
                byte* to = target + ((nint)y * stride);
                for (int i = 0; i < count; i++)
                    to[i] = (byte)((row[i] * 255f) + 0.5f);
            }
        }
        ArrayPool<float>.Shared.Return(numbers);
    }

    private static void Check(int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(side, MaxSide);
    }
}
