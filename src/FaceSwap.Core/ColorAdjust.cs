namespace FaceSwap.Core;

/// <summary>How a new face gets the colors of the face that it replaces.</summary>
public enum ColorAdjust
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By its histogram over the whole crop, per channel of B, G, R: the classic way.</summary>
    Histogram,

    /// <summary>By mean and standard deviation in the face's interior, per channel of CIE L*a*b*, a* and b* limited to what the face has: after Reinhard et al., "Color Transfer between Images" (2001).</summary>
    Reinhard,

    /// <summary>By the mean in the face's interior, per channel of B, G, R.</summary>
    Average,
}
