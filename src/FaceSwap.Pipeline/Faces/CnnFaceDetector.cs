using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Models;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>dlib's max-margin network as a detector.</summary>
public sealed class CnnFaceDetector : IFaceDetector
{
    private readonly MmodNetwork network;
    private readonly IBackend? backend; // null where the network is others' too

    /// <summary>Makes a detector with a network of its own.</summary>
    /// <param name="backend">Where it runs, owned from now on.</param>
    /// <param name="weights">The network's weights.</param>
    public CnnFaceDetector(IBackend backend, MmodWeights weights)
    {
        (this.backend, network) = (backend, new MmodNetwork(backend, weights));
    }

    /// <summary>Makes a detector that uses a network of somebody else's, who keeps it until the detector is gone.</summary>
    internal CnnFaceDetector(MmodNetwork network) => this.network = network;

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
        if (backend is null)
            return;
        network.Dispose();
        backend.Dispose();
    }
}
