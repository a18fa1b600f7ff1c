using System.CommandLine;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Cli.Infrastructure;

/// <summary><c>--detector</c> and <c>--models-dir</c> of every command that finds faces.</summary>
internal sealed class DetectorChoices
{
    public Option<string> Detector { get; } = Opt.Choice("--detector", ["-D"],
        "Face detector: hog is fast and finds upright, frontal faces; cnn is dlib's network, which finds turned and partly covered ones too; all takes cnn's faces, and hog's where it finds none",
        Standard.Convert.Detector, FaceDetectors.Names);

    public Option<string?> Models { get; } = ModelsChoice.Option();

    public Option[] All => [Detector, Models];
}
