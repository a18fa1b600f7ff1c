namespace FaceSwap.Core.Frames;

/// <summary>
/// How a frame's samples lie in memory. The named values are layouts of 8 bits a sample without alpha; <see cref="PixelFormats.WithDepth"/> and
/// <see cref="PixelFormats.WithAlpha"/> make others of them, whose numbers the shim shares. Samples of more than 8 bits take two bytes in the processor's order.
/// </summary>
public enum PixelFormat
{
    /// <summary>One plane of luma.</summary>
    Gray8,

    /// <summary>One plane, three samples a pixel in the order B, G, R (image files and face crops).</summary>
    Bgr24,

    /// <summary>Planes Y, U, V; chroma halved in both directions, rounded up.</summary>
    Yuv420P,

    /// <summary>Planes Y, U, V; chroma halved across, rounded up.</summary>
    Yuv422P,

    /// <summary>Planes Y, U, V of one size.</summary>
    Yuv444P,

    /// <summary>Plane Y, then one plane of interleaved U and V, halved in both directions (GPU decoders).</summary>
    Nv12,

    /// <summary>Planes G, B, R of one size (videos of RGB samples).</summary>
    Gbrp = 7,
}

/// <summary>The coefficients between YUV and RGB.</summary>
public enum ColorMatrix
{
    /// <summary>ITU-R BT.601.</summary>
    Bt601,

    /// <summary>ITU-R BT.709.</summary>
    Bt709,

    /// <summary>ITU-R BT.2020, non-constant luminance.</summary>
    Bt2020,
}

/// <summary>The interval that luma and chroma samples fill.</summary>
public enum ColorRange
{
    /// <summary>Luma 16..235, chroma 16..240; with more bits the same times a power of two.</summary>
    Limited,

    /// <summary>All values that a sample can have.</summary>
    Full,
}
