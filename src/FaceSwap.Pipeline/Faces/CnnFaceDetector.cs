using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Models;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>dlib's max-margin network as a detector. It owns its backend.</summary>
/// <param name="backend">Where it runs.</param>
/// <param name="weights">The network's weights.</param>
public sealed class CnnFaceDetector(IBackend backend, MmodWeights weights) : IFaceDetector
{
    private readonly MmodNetwork network = new(backend, weights);

    /// <inheritdoc/>
    public string Name => "cnn";

    /// <inheritdoc/>
    public FaceDetection[] Detect(Frame frame)
    {
        MmodDetection[] found = network.Detect(frame);
        return Array.ConvertAll(found, static f => new FaceDetection(new RectI(f.Left, f.Top, f.Right - f.Left, f.Bottom - f.Top), f.Confidence));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        network.Dispose();
        backend.Dispose();
    }
}
