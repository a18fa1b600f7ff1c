using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Where a face is expected.</summary>
/// <param name="Box">Its box, as <see cref="FaceDetection.Rect"/>.</param>
/// <param name="Reach">How far the face's center may be from the box's on either axis, in sides of the box.</param>
/// <param name="Finer">How many steps of 1.2 it may be smaller, beside the nearest size that the detector knows.</param>
/// <param name="Coarser">How many steps it may be larger.</param>
/// <param name="Threshold">Added to the detector's trained threshold: below 0 keeps a face that the full search has just lost.</param>
public readonly record struct FaceWindow(RectI Box, double Reach, int Finer, int Coarser, double Threshold);

/// <summary>A detector that can search near a place at a fraction of the cost of the whole frame.</summary>
public interface IWindowDetector : IFaceDetector
{
    /// <summary>Finds faces in a window.</summary>
    /// <param name="frame">The frame, only read.</param>
    /// <param name="gray">Its luma, which the caller has at hand: the frame's first plane unless it is BGR.</param>
    /// <param name="window">Where.</param>
    /// <returns>The faces, best first; empty when there is none.</returns>
    FaceDetection[] DetectNear(Frame frame, PlaneView gray, in FaceWindow window);
}
