using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Models;
using FaceSwap.Pipeline.Weights;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// Describes a face by 128 numbers, so that those of one person are near one another: dlib's recognition network on our engine. An instance is used from one thread at
/// a time; weights may be shared.
/// </summary>
public sealed class FaceEmbedder : IDisposable
{
    /// <summary>Numbers that describe a face.</summary>
    public const int Length = EmbeddingWeights.Length;

    /// <summary>The distance below which two faces are taken for the same person's.</summary>
    public const double SamePerson = 0.6;

    private const int Side = EmbeddingWeights.Side;

    private readonly IBackend? backend; // null where the network is others' too
    private readonly EmbeddingNetwork network;
    private readonly byte[] chip = new byte[Side * Side * 3];

    /// <summary>Makes an embedder.</summary>
    /// <param name="weights">The network's weights.</param>
    /// <param name="backend">Where it runs, owned from now on; null, or one without pooling: one thread of the processor.</param>
    public FaceEmbedder(EmbeddingWeights weights, IBackend? backend = null)
    {
        if (backend is not null && !EmbeddingNetwork.Runs(backend))
        {
            backend.Dispose();
            backend = null;
        }
        this.backend = backend ?? new CpuBackend(threads: 1);
        network = new EmbeddingNetwork(this.backend, weights);
    }

    /// <summary>Makes an embedder that uses a network of somebody else's, who keeps it until the embedder is gone.</summary>
    internal FaceEmbedder(EmbeddingNetwork network) => this.network = network;

    /// <summary>Reads the weights: the npm package's or dlib's, whichever is found first.</summary>
    /// <param name="modelsDirectory">Where weight files are looked for first; null: the usual places alone.</param>
    /// <exception cref="UserErrorException">They are nowhere, or damaged: says what, where and how to get it.</exception>
    public static EmbeddingWeights LoadWeights(string? modelsDirectory = null) => EmbeddingWeights.Load(
        WeightStore.Find(WeightCatalog.DlibRecognition, modelsDirectory) ?? WeightStore.Require(WeightCatalog.Recognition, modelsDirectory));

    /// <summary>Reads the weights and makes an embedder.</summary>
    /// <param name="modelsDirectory">Where weight files are looked for first; null: the usual places alone.</param>
    /// <param name="backend">Where it runs, owned from now on; null: one thread of the processor.</param>
    /// <exception cref="UserErrorException">The weights are nowhere, or damaged.</exception>
    public static FaceEmbedder Open(string? modelsDirectory = null, IBackend? backend = null) => new(LoadWeights(modelsDirectory), backend);

    /// <summary>Describes a face of a frame.</summary>
    /// <param name="frame">The frame, only read.</param>
    /// <param name="landmarks">Its 68 landmarks (or dlib's 5) in pixels of the frame.</param>
    /// <returns>128 numbers.</returns>
    /// <exception cref="ArgumentException">Another number of landmarks, or all in one place.</exception>
    public float[] Embed(Frame frame, ReadOnlySpan<Point2> landmarks)
    {
        FaceChip.Extract(frame, landmarks, Side, FaceChip.RecognitionPadding, chip);
        var numbers = new float[Length];
        network.Run(chip, numbers);
        return numbers;
    }

    /// <summary>The Euclidean distance of two descriptions; below <see cref="SamePerson"/> they are probably one person's.</summary>
    public static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return Math.Sqrt(sum);
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
