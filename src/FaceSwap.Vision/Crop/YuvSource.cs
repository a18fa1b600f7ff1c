using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>The planes of a YUV or grey frame as the samplers read them.</summary>
internal readonly unsafe struct YuvSource
{
    public YuvSource(Frame frame)
    {
        Transform = new YuvTransform(frame.Matrix, frame.Range);
        Luma = frame.Plane(0);
        (HasChroma, HalfWidth, HalfHeight) = frame.Format switch
        {
            PixelFormat.Gray8 => (false, false, false),
            PixelFormat.Yuv420P or PixelFormat.Nv12 => (true, true, true),
            PixelFormat.Yuv422P => (true, true, false),
            PixelFormat.Yuv444P => (true, false, false),
            _ => throw new ArgumentException($"{frame.Format} has no luma plane", nameof(frame)),
        };
        if (!HasChroma)
            return;
        ChromaU = frame.Plane(1);
        ChromaV = frame.Format == PixelFormat.Nv12 ? ChromaU with { Data = ChromaU.Data + 1 } : frame.Plane(2);
    }

    public YuvTransform Transform { get; }
    public PlaneView Luma { get; }
    public PlaneView ChromaU { get; }
    public PlaneView ChromaV { get; }
    public bool HasChroma { get; }

    /// <summary>Chroma is halved across: sample c lies on luma column 2c (MPEG-2's siting, H.264's default).</summary>
    public bool HalfWidth { get; }

    /// <summary>Chroma is halved downwards: sample c lies between luma rows 2c and 2c + 1.</summary>
    public bool HalfHeight { get; }

    /// <summary>Chroma coordinates of a luma position.</summary>
    public (float X, float Y) ToChroma(float x, float y) => (HalfWidth ? x * 0.5f : x, HalfHeight ? (y - 0.5f) * 0.5f : y);
}
