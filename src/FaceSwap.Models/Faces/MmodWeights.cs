using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>
/// dlib's max-margin face detector (King, Max-Margin Object Detection, 2015; the network of dlib's <c>dnn_mmod_face_detection_ex</c>): three 5×5 convolutions of
/// stride 2, three of stride 1, a 9×9 one that gives the score, all read from <c>mmod_human_face_detector.dat</c>, bzip2 or not.
/// </summary>
public sealed class MmodWeights
{
    /// <summary>The file's usual name.</summary>
    public const string FileName = "mmod_human_face_detector.dat";

    private static readonly DlibLayer[] Layers =
    [
        .. Stage(16, 2, 0), .. Stage(32, 2, 0), .. Stage(32, 2, 0),
        .. Stage(45, 1, 2), .. Stage(45, 1, 2), .. Stage(45, 1, 2),
        new(DlibLayerKind.Conv, 1, 9, 1, 4),
    ];

    private MmodWeights()
    {
    }

    /// <summary>Seven convolutions; all but the last are followed by ReLU.</summary>
    public required IReadOnlyList<FaceConv> Convs { get; init; }

    /// <summary>Width and height of the box that a score of 0 or more stands for, in pixels of the pyramid's level.</summary>
    public required (int Width, int Height) Window { get; init; }

    /// <summary>Two boxes whose intersection over union is above this are one face.</summary>
    public required double OverlapLimit { get; init; }

    /// <summary>Two boxes of which one covers more than this part of the other are one face.</summary>
    public required double CoverLimit { get; init; }

    /// <summary>Subtracted from R, G and B before they are divided by 256.</summary>
    public required (float Red, float Green, float Blue) Mean { get; init; }

    /// <summary>Pixels between the levels of the tiled pyramid, and around them.</summary>
    public required (int Between, int Around) Padding { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, is damaged or holds another network.</exception>
    public static MmodWeights Load(string path) => WeightData.Read(path, "face detector", static data => Parse(data));

    internal static MmodWeights Parse(ReadOnlySpan<byte> data)
    {
        var archive = new DlibArchive(data);
        archive.Integer("network version", 1, 1);
        archive.Text("loss_mmod_");
        int version = archive.Integer("options version", 1, 4);
        (int, int) window = version == 1 ? Window1(ref archive) : Windows(ref archive);
        for (int i = 0; i < 3; i++)
            archive.Number(); // losses of training
        double overlap = Part(ref archive), cover = Part(ref archive);
        archive.Number();
        archive.Number(); // what training ignores
        if (version >= 3)
            archive.Byte(); // whether training assumed a pyramid
        if (version >= 4)
        {
            if (archive.Flag())
                throw new InvalidDataException("a detector with bounding box regression, which is not supported");
            archive.Number();
        }
        (float, float, float) mean = default;
        (int, int) padding = default;
        List<FaceConv> convs = DlibLayers.Read(ref archive, Layers, 3, (ref DlibArchive input) =>
        {
            bool padded = input.Text("input_rgb_image_pyramid", "input_rgb_image_pyramid2") == "input_rgb_image_pyramid2";
            mean = ((float)input.Number(), (float)input.Number(), (float)input.Number());
            padding = padded ? (input.Integer("padding", 0, 1000), input.Integer("padding", 0, 1000)) : (10, 11);
        });
        return new MmodWeights { Convs = convs, Window = window, OverlapLimit = overlap, CoverLimit = cover, Mean = mean, Padding = padding };
    }

    private static DlibLayer[] Stage(int channels, int stride, int padding) =>
        [new(DlibLayerKind.Conv, channels, 5, stride, padding), new(DlibLayerKind.Affine), new(DlibLayerKind.Relu)];

    private static (int, int) Window1(ref DlibArchive archive) => (archive.Integer("window", 1, 4096), archive.Integer("window", 1, 4096));

    private static (int, int) Windows(ref DlibArchive archive)
    {
        // The network has one score a place, so it has one window.
        archive.Integer("number of windows", 1, 1);
        int version = archive.Integer("window version", 1, 2);
        (int, int) window = Window1(ref archive);
        if (version == 2)
            archive.Text();
        return window;
    }

    private static double Part(ref DlibArchive archive)
    {
        double part = archive.Number();
        return part is >= 0 and <= 1 ? part : throw new InvalidDataException($"a limit of {part}");
    }
}
