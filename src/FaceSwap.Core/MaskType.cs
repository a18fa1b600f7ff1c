namespace FaceSwap.Core;

/// <summary>Which pixels a converted face replaces.</summary>
public enum MaskType
{
    /// <summary>The part of the landmarks' convex hull that lies in the aligned square.</summary>
    FaceHullAndRect,

    /// <summary>The landmarks' convex hull.</summary>
    FaceHull,

    /// <summary>The aligned square.</summary>
    Rect,
}
