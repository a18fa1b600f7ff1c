using FaceSwap.Models;

namespace FaceSwap.Pipeline.Weights;

/// <summary>A file of weights that the program can use and does not carry.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="FileNames">What it is called, the preferred name first.</param>
/// <param name="Purpose">What needs it: the subject of a sentence.</param>
/// <param name="License">Whose it is and on what terms.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record WeightFile(string Name, IReadOnlyList<string> FileNames, string Purpose, string License, string Source);

/// <summary>The weight files that there are.</summary>
public static class WeightCatalog
{
    /// <summary>dlib's max-margin face detector.</summary>
    public static WeightFile Detector { get; } = new("detector", [MmodWeights.FileName, MmodWeights.FileName + ".bz2"], "the detector 'cnn'",
        "public domain (Davis E. King)", "https://dlib.net/files/mmod_human_face_detector.dat.bz2");

    /// <summary>The recognition network as the npm package face-api carries it, quantised to 8 bits.</summary>
    public static WeightFile Recognition { get; } = new("recognition", [EmbeddingWeights.TfjsFileName], "telling people apart",
        "MIT (Vladimir Mandic, Vincent Mühler; the network: public domain, Davis E. King)", "npm package @vladmandic/face-api 1.7.15");

    /// <summary>dlib's own file of the recognition network.</summary>
    public static WeightFile DlibRecognition { get; } = new("dlib-recognition", [EmbeddingWeights.DlibFileName, EmbeddingWeights.DlibFileName + ".bz2"],
        "telling people apart with dlib's own file", "public domain (Davis E. King)", "https://dlib.net/files/dlib_face_recognition_resnet_model_v1.dat.bz2");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<WeightFile> All { get; } = [Detector, Recognition, DlibRecognition];
}
