using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Models;
using FaceSwap.Pipeline.Weights;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// The detectors by name: <c>hog</c> is dlib's frontal detector, <c>cnn</c> its max-margin network (slower; finds turned and partly covered faces too), <c>all</c>
/// takes the network's faces and, where it finds none, the frontal detector's. Weights are read once; <see cref="Create"/> gives each thread its own.
/// </summary>
public sealed class FaceDetectors
{
    private readonly MmodWeights? weights;
    private readonly FaceDevice device;

    /// <summary>Reads what the detector needs.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="modelsDirectory">Where weight files are looked for first; null: the usual places alone.</param>
    /// <param name="device">Where the network runs, outliving all detectors; null: the processor, a thread for each detector.</param>
    /// <exception cref="UserErrorException">The name is unknown, or a weight file is missing or damaged.</exception>
    public FaceDetectors(string name, string? modelsDirectory = null, FaceDevice? device = null)
    {
        if (!Names.Contains(name))
            throw new UserErrorException($"there is no detector '{name}'; choose one of {string.Join(", ", Names)}");
        (Name, this.device) = (name, device ?? FaceDevice.Processor);
        if (name != "hog")
            weights = MmodWeights.Load(WeightStore.Require(WeightCatalog.Detector, modelsDirectory));
    }

    /// <summary>What <c>--detector</c> takes.</summary>
    public static string[] Names { get; } = ["hog", "cnn", "all"];

    /// <summary>The one chosen.</summary>
    public string Name { get; }

    /// <summary>A detector for one thread, owned by the caller.</summary>
    public IFaceDetector Create() => Name switch
    {
        "hog" => new FaceDetector(),
        "cnn" => device.CreateDetector(weights!),
        _ => new FirstOf([device.CreateDetector(weights!), new FaceDetector()]),
    };

    // The first detector that finds a face.
    private sealed class FirstOf(IFaceDetector[] detectors) : IFaceDetector
    {
        public string Name => "all";

        public FaceDetection[] Detect(Frame frame)
        {
            foreach (IFaceDetector detector in detectors)
            {
                if (detector.Detect(frame) is { Length: > 0 } found)
                    return found;
            }
            return [];
        }

        public void Dispose()
        {
            foreach (IFaceDetector detector in detectors)
                detector.Dispose();
        }
    }
}
