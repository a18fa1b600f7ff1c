using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>The classic ways to put a face back.</summary>
public enum ConverterKind
{
    /// <summary>Under a mask over the aligned face.</summary>
    Masked,

    /// <summary>Into the middle of the detector's box.</summary>
    Adjust,
}

/// <summary>How new faces are put into frames. The defaults are those of the classic converters.</summary>
public sealed record BlendOptions
{
    /// <summary>Which converter; those of the other one's options that are set have no effect.</summary>
    public ConverterKind Converter { get; init; }

    /// <summary>Masked: shape of the mask.</summary>
    public MaskType Mask { get; init; }

    /// <summary>Masked: box blur of the mask in pixels, 0..255; 0: none.</summary>
    public int BlurSize { get; init; } = 2;

    /// <summary>Masked: erodes the mask by an elliptical element of this size, −255..255; negative dilates.</summary>
    public int ErosionSize { get; init; }

    /// <summary>Masked: how the new face gets the colors of the face that it replaces.</summary>
    public ColorAdjust Color { get; init; }

    /// <summary>Masked: sharpens the new face.</summary>
    public Sharpening Sharpen { get; init; }

    /// <summary>Masked: clones the face by its gradients instead of blending it.</summary>
    public bool SeamlessClone { get; init; }

    /// <summary>Adjust: fades the new face into the old one along its edge.</summary>
    public bool SmoothMask { get; init; } = true;

    /// <summary>Adjust: shifts the mean of each channel to the old face's.</summary>
    public bool AverageColor { get; init; } = true;

    /// <summary>The Masked converter's options for a network's side.</summary>
    public MaskedOptions Masked(int side) => new()
    {
        Mask = Mask,
        BlurSize = BlurSize,
        ErosionSize = ErosionSize,
        Color = Color,
        Sharpen = Sharpen,
        SeamlessClone = SeamlessClone,
        Side = side,
    };

    /// <summary>A converter for one thread.</summary>
    /// <param name="side">Side of the network's input and output.</param>
    /// <exception cref="UserErrorException">An option is out of range.</exception>
    public IFaceConverter Create(int side) => Converter == ConverterKind.Adjust
        ? new AdjustConverter(new AdjustOptions { Side = side, SmoothMask = SmoothMask, AverageColor = AverageColor })
        : new MaskedConverter(Masked(side));

    /// <summary>What shaped the result, for the provenance record.</summary>
    internal Dictionary<string, string> Settings()
    {
        static string Word(bool value) => value ? "yes" : "no";
        static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
        return Converter == ConverterKind.Adjust
            ? new Dictionary<string, string>
            {
                ["converter"] = "Adjust",
                ["smoothMask"] = Word(SmoothMask),
                ["averageColor"] = Word(AverageColor),
            }
            : new Dictionary<string, string>
            {
                ["converter"] = "Masked",
                ["maskType"] = Mask.ToString().ToLowerInvariant(),
                ["colorAdjust"] = Color.ToString().ToLowerInvariant(),
                ["sharpen"] = Sharpen.ToString().ToLowerInvariant(),
                ["seamlessClone"] = Word(SeamlessClone),
                ["blurSize"] = Number(BlurSize),
                ["erosionSize"] = Number(ErosionSize),
            };
    }
}
