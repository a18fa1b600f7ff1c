using System.CommandLine;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The options of every command that puts faces back.</summary>
internal sealed class MaskChoices
{
    public Option<long> Blur { get; } = Opt.Whole("--blur-size", ["-b"], "Blur of the mask's edge in pixels; 0 is none", 2, 0, 1024);

    public Option<long> Erosion { get; } = Opt.Whole("--erosion-kernel-size", ["-e"], "Shrinks the mask by about N pixels; below 0 grows it", 0, -1024, 1024);

    public Option<string> Mask { get; } = Opt.Choice("--mask-type", ["-M"], "Shape of the mask", "facehullandrect", "rect", "facehull", "facehullandrect");

    public Option<bool> Histogram { get; } = Opt.Flag("--match-histogram", ["-mh"], "Gives the new face the colors of the face that it replaces");
}
