namespace FaceSwap.Core.Frames;

/// <summary>Planar chroma into interleaved chroma.</summary>
public static unsafe class FramePacking
{
    /// <summary>Copies a YUV420P or NV12 frame as NV12.</summary>
    /// <param name="source">The frame.</param>
    /// <param name="luma">A plane of its size.</param>
    /// <param name="chroma">Half of that in both directions, rounded up; two bytes a pixel.</param>
    /// <exception cref="ArgumentException">A frame of another layout.</exception>
    public static void ToNv12(Frame source, PlaneView luma, PlaneView chroma)
    {
        if (source.Format is not (PixelFormat.Yuv420P or PixelFormat.Nv12))
            throw new ArgumentException($"a {source.Format.Words} frame cannot become NV12 without loss", nameof(source));
        for (int y = 0; y < luma.Height; y++)
            source.Plane(0).RowSpan(y).CopyTo(luma.RowSpan(y));
        for (int y = 0; y < chroma.Height; y++)
        {
            Span<byte> to = chroma.RowSpan(y);
            if (source.Format == PixelFormat.Nv12)
            {
                source.Plane(1).RowSpan(y).CopyTo(to);
                continue;
            }
            ReadOnlySpan<byte> u = source.Plane(1).RowSpan(y), v = source.Plane(2).RowSpan(y);
            for (int x = 0; x < u.Length; x++)
                (to[2 * x], to[(2 * x) + 1]) = (u[x], v[x]);
        }
    }
}
