namespace FaceSwap.Core;

/// <summary>How the pasted face is sharpened.</summary>
public enum Sharpening
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By a 3×3 kernel of −1 with 9 in the middle: strong, and it shows noise.</summary>
    Box,

    /// <summary>1.5 times itself less half of its Gaussian blur of σ = 3: gentle.</summary>
    Gaussian,
}
