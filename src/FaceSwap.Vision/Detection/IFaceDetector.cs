using FaceSwap.Core.Frames;

namespace FaceSwap.Vision;

/// <summary>
/// Something that finds faces in a frame of any format. It holds scratch memory: use one instance from one thread at a time.
/// </summary>
public interface IFaceDetector : IDisposable
{
    /// <summary>Its name on the command line: <c>hog</c>, <c>cnn</c> or <c>all</c>.</summary>
    string Name { get; }

    /// <summary>Finds faces.</summary>
    /// <param name="frame">The frame, only read.</param>
    /// <returns>The faces, best first; empty when there is none.</returns>
    FaceDetection[] Detect(Frame frame);
}
