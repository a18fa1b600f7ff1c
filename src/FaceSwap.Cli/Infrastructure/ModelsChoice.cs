using System.CommandLine;

namespace FaceSwap.Cli.Infrastructure;

/// <summary><c>--models-dir</c>, for every command that may need a weight file.</summary>
internal static class ModelsChoice
{
    public static Option<string?> Option() => Opt.Optional("--models-dir", [], "DIR",
        "Folder of weight files, searched before the user's data folder ('faceswap models' lists them)");
}
