using System.CommandLine;
using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The options of every command that puts faces back.</summary>
internal sealed class BlendChoices
{
    private readonly Option<string> converter = Opt.Choice("--converter", ["-c"],
        "How the face is put back: Masked under a mask over the aligned face, Adjust into the middle of the detector's box", Standard.Blend.Converter.ToString(), "Masked", "Adjust");

    private readonly Option<string> mask = Opt.Choice("--mask-type", ["-M"],
        "Shape of the mask: the network's square, the hull of the landmarks, or what they share", Standard.Word(Standard.Blend.Mask), "rect", "facehull", "facehullandrect");

    private readonly Option<long> erosion = Opt.Whole("--erosion-size", ["-e", "--erosion-kernel-size"],
        "Shrinks the mask by about half of N pixels; below 0 grows it", Standard.Blend.ErosionSize, -255, 255);

    private readonly Option<long> blur = Opt.Whole("--blur-size", ["-b"], "Softens the mask's edge over N pixels; 0 is none", Standard.Blend.BlurSize, 0, 255);

    private readonly Option<bool> seamless = Opt.Flag("--seamless", ["-S"],
        "Clones the face by its gradients (Poisson), so that its colors follow the skin around it");

    private readonly Option<string> color;

    private readonly Option<bool> histogram = Opt.Flag("--match-histogram", ["-mh"], "The same as --color-adjust histogram");

    private readonly Option<string> sharpen = Opt.Choice("--sharpen", ["-sh", "--sharpen-image"],
        "Sharpens the new face: bsharpen by a 3x3 box, strongly, gsharpen by a Gaussian, gently", ConverterWords.Of(Standard.Blend.Sharpen), "none", "bsharpen", "gsharpen");

    private readonly Option<string> smooth = Opt.Switch("--smooth-mask", ["-sm"], "Adjust: fades the face in along the edge of its square", Standard.Blend.SmoothMask);

    private readonly Option<string> average = Opt.Switch("--avg-color-adjust", ["-aca"], "Adjust: shifts the face's mean color to that of the face it replaces", Standard.Blend.AverageColor);

    /// <summary>Makes the options.</summary>
    /// <param name="standardColor">The command's default of <c>--color-adjust</c>.</param>
    public BlendChoices(ColorAdjust standardColor)
    {
        color = Opt.Choice("--color-adjust", ["-ca"],
            "Gives the new face the colors of the face that it replaces: reinhard by mean and spread in Lab inside the face, histogram by the crop's histogram, background included as in the classic tool, "
            + "average by the mean color inside the face", standardColor.ToString().ToLowerInvariant(), "none", "histogram", "reinhard", "average");
    }

    /// <summary>All, in the order of the help.</summary>
    public Option[] All => [converter, mask, erosion, blur, seamless, color, histogram, sharpen, smooth, average];

    /// <summary>What was chosen.</summary>
    /// <exception cref="UserErrorException">Options of one converter were given with the other, or two of them disagree.</exception>
    public BlendOptions Read(ParseResult parsed)
    {
        bool adjust = parsed.GetRequiredValue(converter) == "Adjust";
        Option[] others = adjust ? [mask, erosion, blur, seamless, color, histogram, sharpen] : [smooth, average];
        if (others.FirstOrDefault(o => IsGiven(parsed, o)) is { } stray)
        {
            throw new UserErrorException(adjust
                ? $"{stray.Name} belongs to --converter Masked; Adjust has only --smooth-mask and --avg-color-adjust"
                : $"{stray.Name} belongs to --converter Adjust; give that too, or leave it out");
        }
        string colors = parsed.GetRequiredValue(color);
        bool match = parsed.GetValue(histogram);
        if (match && IsGiven(parsed, color) && colors != "histogram")
            throw new UserErrorException($"--match-histogram is --color-adjust histogram, but --color-adjust {colors} was given too; choose one");
        return new BlendOptions
        {
            Converter = adjust ? ConverterKind.Adjust : ConverterKind.Masked,
            Mask = MaskedOptions.ParseMask(parsed.GetRequiredValue(mask)),
            BlurSize = (int)parsed.GetValue(blur),
            ErosionSize = (int)parsed.GetValue(erosion),
            Color = match ? ColorAdjust.Histogram : ConverterWords.ParseColor(colors),
            Sharpen = ConverterWords.ParseSharpening(parsed.GetRequiredValue(sharpen)),
            SeamlessClone = parsed.GetValue(seamless),
            SmoothMask = parsed.GetRequiredValue(smooth) == "on",
            AverageColor = parsed.GetRequiredValue(average) == "on",
        };
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
