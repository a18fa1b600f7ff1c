using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>
/// dlib's face recognition network (the 29 convolutions of <c>dnn_face_recognition_ex</c>, a residual network after He et al., CVPR 2016, with half the
/// filters): 150×150 RGB → 128 numbers whose Euclidean distance is below 0.6 for the same person. Read from dlib's own file (bzip2 or not) or from the
/// tfjs files of the npm package <c>@vladmandic/face-api</c>, which hold the same network quantised to 8 bits.
/// </summary>
public sealed class EmbeddingWeights
{
    /// <summary>The usual name of dlib's file.</summary>
    public const string DlibFileName = "dlib_face_recognition_resnet_model_v1.dat";

    /// <summary>The name of the npm package's manifest; its shards lie beside it.</summary>
    public const string TfjsFileName = "face_recognition_model-weights_manifest.json";

    /// <summary>Numbers that describe a face.</summary>
    public const int Length = 128;

    /// <summary>Width and height of the network's input.</summary>
    public const int Side = 150;

    internal const int FirstFilters = 32, FirstKernel = 7, FirstPool = 3, DownPool = 2;

    /// <summary>The residual blocks from the input on: filters, and whether the block halves the image.</summary>
    internal static readonly (int Filters, bool Down)[] Blocks =
    [
        (32, false), (32, false), (32, false),
        (64, true), (64, false), (64, false), (64, false),
        (128, true), (128, false), (128, false),
        (256, true), (256, false), (256, false),
        (256, true),
    ];

    internal EmbeddingWeights(IReadOnlyList<FaceConv> convs, float[] dense, (float Red, float Green, float Blue) mean)
    {
        (Convs, Dense, Mean) = (convs, dense, mean);
    }

    /// <summary>The first convolution, then two for each block.</summary>
    public IReadOnlyList<FaceConv> Convs { get; }

    /// <summary>(256, 128): the last layer, without bias.</summary>
    public IReadOnlyList<float> Dense { get; }

    /// <summary>Subtracted from R, G and B before they are divided by 256.</summary>
    public (float Red, float Green, float Blue) Mean { get; }

    /// <summary>Reads a file of either kind, told apart by its name's end, <c>.json</c> or not.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, is damaged or holds another network.</exception>
    public static EmbeddingWeights Load(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
        ? TfjsEmbedding.Load(path)
        : WeightData.Read(path, "face recognition", static data => Parse(data));

    internal static EmbeddingWeights Parse(ReadOnlySpan<byte> data)
    {
        var archive = new DlibArchive(data);
        archive.Integer("network version", 1, 1);
        if (archive.Text("loss_metric_", "loss_metric_2") == "loss_metric_2")
        {
            archive.Number();
            archive.Number();
        }
        (float, float, float) mean = default;
        List<FaceConv> convs = DlibLayers.Read(ref archive, Layers(), 3, (ref DlibArchive input) =>
        {
            bool sized = input.Text("input_rgb_image_sized", "input_rgb_image") == "input_rgb_image_sized";
            mean = ((float)input.Number(), (float)input.Number(), (float)input.Number());
            if (sized)
                input.Expect("input size", Side, Side);
        });
        return new EmbeddingWeights(convs[..^1], convs[^1].Values, mean);
    }

    private static DlibLayer[] Layers()
    {
        List<DlibLayer> layers =
        [
            new(DlibLayerKind.Conv, FirstFilters, FirstKernel, 2, 0), new(DlibLayerKind.Affine), new(DlibLayerKind.Relu),
            new(DlibLayerKind.MaxPool, 0, FirstPool, 2, 0),
        ];
        foreach ((int filters, bool down) in Blocks)
        {
            layers.AddRange(
            [
                new(DlibLayerKind.Tag), new(DlibLayerKind.Conv, filters, 3, down ? 2 : 1, down ? 0 : 1), new(DlibLayerKind.Affine), new(DlibLayerKind.Relu),
                new(DlibLayerKind.Conv, filters, 3, 1, 1), new(DlibLayerKind.Affine),
            ]);
            if (down)
                layers.AddRange([new(DlibLayerKind.Tag), new(DlibLayerKind.Skip), new(DlibLayerKind.AveragePool, 0, DownPool, DownPool, 0)]);
            layers.AddRange([new(DlibLayerKind.AddPrevious), new(DlibLayerKind.Relu)]);
        }
        layers.AddRange([new(DlibLayerKind.AveragePool), new(DlibLayerKind.Dense, Length)]);
        return [.. layers];
    }
}
