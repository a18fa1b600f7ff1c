using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Models;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Extract;

/// <summary>The reference pictures' embeddings and the rule over them. Shared by the workers, each of which has an embedder of its own.</summary>
internal sealed class IdentityFilter
{
    private readonly EmbeddingWeights weights;
    private readonly FaceDevice device;

    private IdentityFilter(EmbeddingWeights weights, FaceDevice device, IdentityRule rule)
    {
        (this.weights, this.device) = (weights, device);
        Rule = rule;
    }

    public IdentityRule Rule { get; }

    /// <summary>Describes the references that the options name; null when they name none.</summary>
    /// <exception cref="UserErrorException">A picture cannot be read or holds no face, weights are missing, or only unwanted references are given.</exception>
    public static IdentityFilter? Open(ExtractOptions options, LandmarkModel landmarks, FaceDetectors detectors)
    {
        if (options.Filter.Count == 0 && options.NegativeFilter.Count == 0)
            return null;
        if (options.Filter.Count == 0)
            throw new UserErrorException("--nfilter only sharpens --filter; name one or more pictures of the wanted person with --filter too");
        EmbeddingWeights weights = FaceEmbedder.LoadWeights(options.ModelsDirectory);
        using FaceFinder finder = new(landmarks, detectors.Create(), options.RotationAngles);
        FaceDevice device = options.FaceDevice ?? FaceDevice.Processor;
        using FaceEmbedder embedder = device.CreateEmbedder(weights);
        float[] Describe(string path, string option)
        {
            using PooledFrame picture = ImageFile.Read(path);
            FaceRecord[] faces = finder.Find(picture);
            return (faces.Length == 0 ? null : Embed(embedder, picture, faces[0]))
                ?? throw new UserErrorException($"no face was found in the picture '{path}' of {option}; give one that shows the face upright and from the front");
        }
        return new IdentityFilter(weights, device, new IdentityRule([.. options.Filter.Select(path => Describe(path, "--filter"))],
            [.. options.NegativeFilter.Select(path => Describe(path, "--nfilter"))], options.ReferenceThreshold));
    }

    /// <summary>An embedder for one thread.</summary>
    public FaceEmbedder CreateEmbedder() => device.CreateEmbedder(weights);

    /// <summary>Describes a face of an upright frame; null when its landmarks are all in one place.</summary>
    public static float[]? Embed(FaceEmbedder embedder, Frame frame, FaceRecord face)
    {
        Span<Point2> points = stackalloc Point2[FaceRecord.LandmarkCount];
        face.CopyLandmarks(points);
        if (face.Rotation != 0)
            new FrameRotation(frame.Width, frame.Height, face.Rotation).CarryBack(points, points);
        try
        {
            return embedder.Embed(frame, points);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
