using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>The planes of a YUV, planar RGB or grey frame as the samplers read them. Of RGB, luma is G, and chroma B and R.</summary>
internal readonly unsafe struct YuvSource
{
    public YuvSource(Frame frame)
    {
        PixelFormat format = frame.Format;
        if (format == PixelFormat.Bgr24)
            throw new ArgumentException($"{format} has no luma plane", nameof(frame));
        Transform = YuvTransform.Of(frame);
        Luma = frame.Plane(0);
        (HasChroma, IsRgb, IsDeep) = (format.Layout != PixelFormat.Gray8, format.IsRgb, format.SampleBytes > 1);
        (int across, int down) = format.ChromaShift;
        (HalfWidth, HalfHeight) = (across > 0, down > 0);
        if (!HasChroma)
            return;
        ChromaU = frame.Plane(1);
        ChromaV = format == PixelFormat.Nv12 ? ChromaU with { Data = ChromaU.Data + 1 } : frame.Plane(2);
    }

    public YuvTransform Transform { get; }
    public PlaneView Luma { get; }
    public PlaneView ChromaU { get; }
    public PlaneView ChromaV { get; }
    public bool HasChroma { get; }

    /// <summary>The planes are G, B and R.</summary>
    public bool IsRgb { get; }

    /// <summary>A sample takes two bytes.</summary>
    public bool IsDeep { get; }

    /// <summary>Chroma is halved across: sample c lies on luma column 2c (MPEG-2's siting, H.264's default).</summary>
    public bool HalfWidth { get; }

    /// <summary>Chroma is halved downwards: sample c lies between luma rows 2c and 2c + 1.</summary>
    public bool HalfHeight { get; }

    /// <summary>Chroma coordinates of a luma position.</summary>
    public (float X, float Y) ToChroma(float x, float y) => (HalfWidth ? x * 0.5f : x, HalfHeight ? (y - 0.5f) * 0.5f : y);
}
