using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>The grayscale image that detectors read.</summary>
public static unsafe class Luma
{
    // OpenCV's BGR2GRAY for 8 bits: weights of BT.601 in 15 bits, rounded.
    private const int Blue = 3735, Green = 19235, Red = 9798, Half = 1 << 14, Shift = 15;

    /// <summary>Makes a <see cref="PixelFormat.Gray8"/> frame of one that has no plane of luma of 8 bits: the grey of BGR or RGB, or luma rounded to 8 bits.
    /// Frames with <see cref="Frame.HasLuma"/> need none: their plane 0 is luma already.</summary>
    /// <param name="frame">The frame to read.</param>
    /// <param name="pool">Where the memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <returns>A frame with the same time and name, owned by the caller.</returns>
    public static PooledFrame From(Frame frame, FramePool? pool = null)
    {
        if (frame.Format == PixelFormat.Bgr24)
            return FromBgr(frame, pool);
        PooledFrame gray = NewGray(frame, pool);
        PlaneView to = gray.Plane(0);
        for (int y = 0; y < frame.Height; y++)
        {
            if (frame.Format.SampleBytes == 1)
                ConvertRow<byte>(frame, y, to.Row(y));
            else
                ConvertRow<ushort>(frame, y, to.Row(y));
        }
        return gray;
    }

    /// <summary>Makes a <see cref="PixelFormat.Gray8"/> frame of a <see cref="PixelFormat.Bgr24"/> one, equal to OpenCV's BGR2GRAY.
    /// Frames of other formats go to <see cref="From"/>.</summary>
    /// <param name="bgr">The frame to read.</param>
    /// <param name="pool">Where the memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <returns>A frame with the same time and name, owned by the caller.</returns>
    public static PooledFrame FromBgr(Frame bgr, FramePool? pool = null)
    {
        if (bgr.Format != PixelFormat.Bgr24)
            throw new ArgumentException($"a Bgr24 frame is needed, not {bgr.Format}", nameof(bgr));
        PooledFrame gray = NewGray(bgr, pool);
        PlaneView from = bgr.Plane(0), to = gray.Plane(0);
        for (int y = 0; y < bgr.Height; y++)
            ConvertRow(from.Row(y), to.Row(y), bgr.Width);
        return gray;
    }

    private static PooledFrame NewGray(Frame frame, FramePool? pool)
    {
        PooledFrame gray = (pool ?? FramePool.Shared).Rent(frame.Width, frame.Height, PixelFormat.Gray8);
        (gray.Pts, gray.Duration, gray.Index, gray.Name, gray.Range) = (frame.Pts, frame.Duration, frame.Index, frame.Name, frame.Range);
        return gray;
    }

    // The same weights for planes G, B, R; samples of more bits are rounded to 8 and end at 255.
    private static void ConvertRow<T>(Frame frame, int y, byte* gray) where T : unmanaged
    {
        int shift = frame.Format.Depth - 8, half = shift > 0 ? 1 << (shift - 1) : 0;
        T* first = (T*)frame.Plane(0).Row(y);
        if (!frame.Format.IsRgb)
        {
            for (int x = 0; x < frame.Width; x++)
                gray[x] = (byte)Math.Min((Whole(first[x]) + half) >> shift, byte.MaxValue);
            return;
        }
        T* blue = (T*)frame.Plane(1).Row(y), red = (T*)frame.Plane(2).Row(y);
        for (int x = 0; x < frame.Width; x++)
        {
            long sum = ((long)Whole(blue[x]) * Blue) + ((long)Whole(first[x]) * Green) + ((long)Whole(red[x]) * Red);
            gray[x] = (byte)Math.Min((sum + ((long)Half << shift)) >> (Shift + shift), byte.MaxValue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole<T>(T sample) where T : unmanaged => typeof(T) == typeof(byte) ? (byte)(object)sample : (ushort)(object)sample;

    internal static void ConvertRow(byte* bgr, byte* gray, int width)
    {
        int x = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // 16 pixels are 48 bytes: each channel is picked out of three registers by shuffles whose index 255 gives zero.
            for (; x <= width - 16; x += 16, bgr += 48)
            {
                Vector128<byte> a = Vector128.Load(bgr), b = Vector128.Load(bgr + 16), c = Vector128.Load(bgr + 32);
                Weigh(Channel(a, b, c, 0), Channel(a, b, c, 1), Channel(a, b, c, 2)).Store(gray + x);
            }
        }
        for (; x < width; x++, bgr += 3)
            gray[x] = (byte)(((bgr[0] * Blue) + (bgr[1] * Green) + (bgr[2] * Red) + Half) >> Shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Channel(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, int channel) => channel switch
    {
        0 => Vector128.Shuffle(a, Vector128.Create((byte)0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 4, 7, 10, 13)),
        1 => Vector128.Shuffle(a, Vector128.Create((byte)1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14)),
        _ => Vector128.Shuffle(a, Vector128.Create((byte)2, 5, 8, 11, 14, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Weigh(Vector128<byte> blue, Vector128<byte> green, Vector128<byte> red)
    {
        (Vector128<ushort> b0, Vector128<ushort> b1) = Vector128.Widen(blue);
        (Vector128<ushort> g0, Vector128<ushort> g1) = Vector128.Widen(green);
        (Vector128<ushort> r0, Vector128<ushort> r1) = Vector128.Widen(red);
        return Vector128.Narrow(Weigh(b0, g0, r0), Weigh(b1, g1, r1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Weigh(Vector128<ushort> blue, Vector128<ushort> green, Vector128<ushort> red)
    {
        (Vector128<uint> b0, Vector128<uint> b1) = Vector128.Widen(blue);
        (Vector128<uint> g0, Vector128<uint> g1) = Vector128.Widen(green);
        (Vector128<uint> r0, Vector128<uint> r1) = Vector128.Widen(red);
        Vector128<uint> low = ((b0 * (uint)Blue) + (g0 * (uint)Green) + (r0 * (uint)Red) + Vector128.Create((uint)Half)) >> Shift;
        Vector128<uint> high = ((b1 * (uint)Blue) + (g1 * (uint)Green) + (r1 * (uint)Red) + Vector128.Create((uint)Half)) >> Shift;
        return Vector128.Narrow(low, high);
    }
}
