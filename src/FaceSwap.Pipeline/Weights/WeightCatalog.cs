using FaceSwap.Models;

namespace FaceSwap.Pipeline.Weights;

/// <summary>A file of weights that the program can use and does not carry.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="FileNames">What it is called, the preferred name first; any one of them will do.</param>
/// <param name="Purpose">What needs it: the subject of a sentence.</param>
/// <param name="License">Whose it is and on what terms.</param>
/// <param name="Source">Where it comes from, for people.</param>
/// <param name="Verify">Reads a file to the end; throws a <see cref="FaceSwap.Core.UserErrorException"/> when it is damaged or something else.</param>
public sealed record WeightFile(string Name, IReadOnlyList<string> FileNames, string Purpose, string License, string Source, Action<string> Verify)
{
    /// <summary>Public addresses of the bzip2-compressed file, the first to be tried first; empty when it comes in a package.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>SHA-256 of the files as the source gives them, decompressed, by file name. A file whose checksum is not known here is held to its format alone.</summary>
    public IReadOnlyDictionary<string, string> Checksums { get; init; } = new Dictionary<string, string>();

    /// <summary>The npm package and version that carries it, and the folder in it.</summary>
    public (string Package, string Version, string Folder)? Npm { get; init; }

    /// <summary>Further files that belong to it and lie beside it.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];
}

/// <summary>The weight files that there are.</summary>
public static class WeightCatalog
{
    private const string DlibSite = "https://dlib.net/files/", DlibModels = "https://github.com/davisking/dlib-models/raw/master/", Compressed = ".bz2";
    private const string TfjsShard = "face_recognition_model.bin";

    /// <summary>dlib's max-margin face detector.</summary>
    public static WeightFile Detector { get; } = new("detector", [MmodWeights.FileName, MmodWeights.FileName + Compressed], "the detector 'cnn'",
        "public domain (Davis E. King)", DlibSite + MmodWeights.FileName + Compressed, static path => MmodWeights.Load(path))
    {
        Addresses = [DlibSite + MmodWeights.FileName + Compressed, DlibModels + MmodWeights.FileName + Compressed],
        Checksums = new Dictionary<string, string> { [MmodWeights.FileName] = "be467b1a76f482693de3b0f6a1ff91d092319be71523d4d4b0628f6a53fcb87a" },
    };

    /// <summary>The recognition network as the npm package face-api carries it, quantised to 8 bits.</summary>
    public static WeightFile Recognition { get; } = new("recognition", [EmbeddingWeights.TfjsFileName], "telling people apart",
        "MIT (Vladimir Mandic, Vincent Mühler); the network itself is in the public domain (Davis E. King)", "npm package @vladmandic/face-api 1.7.15",
        static path => EmbeddingWeights.Load(path))
    {
        Npm = ("@vladmandic/face-api", "1.7.15", "package/model/"),
        Parts = [TfjsShard],
        Checksums = new Dictionary<string, string>
        {
            [EmbeddingWeights.TfjsFileName] = "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
            [TfjsShard] = "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
        },
    };

    /// <summary>dlib's own file of the recognition network.</summary>
    public static WeightFile DlibRecognition { get; } = new("dlib-recognition", [EmbeddingWeights.DlibFileName, EmbeddingWeights.DlibFileName + Compressed],
        "telling people apart with dlib's own file", "public domain (Davis E. King)", DlibSite + EmbeddingWeights.DlibFileName + Compressed,
        static path => EmbeddingWeights.Load(path))
    {
        Addresses = [DlibSite + EmbeddingWeights.DlibFileName + Compressed, DlibModels + EmbeddingWeights.DlibFileName + Compressed],
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<WeightFile> All { get; } = [Detector, Recognition, DlibRecognition];
}
