using System.Globalization;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Embedding;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Sort;
using FaceSwap.Pipeline.Swap;
using FaceSwap.Pipeline.Train;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>What holds where the command line says nothing. The workflows' options own these values: the commands take them from here and write none themselves.</summary>
internal static class Standard
{
    public static ConvertOptions Convert { get; } = new() { Input = "", Output = "", ModelDirectory = "" };

    public static BlendOptions Blend => Convert.Blend;

    public static FaceSwapConverterOptions Pipe { get; } = new() { ModelDirectory = "" };

    public static TrainOptions Train { get; } = new() { InputA = "", InputB = "", ModelDirectory = "" };

    public static SwapOptions Swap { get; } = new() { Conversion = Convert, InputB = "", WorkDirectory = "" };

    public static ExtractOptions Extract { get; } = new() { Input = "", OutputDirectory = "" };

    public static SortOptions Sort { get; } = new() { Input = "" };

    public static FramesToVideoOptions FramesToVideo { get; } = new() { Input = "", Output = "" };

    public static VideoToFramesOptions VideoToFrames { get; } = new() { Input = "", OutputDirectory = "" };

    public static LandmarkDrawingOptions Draw { get; } = new() { Input = "", Output = "" };

    /// <summary>A frame rate as it is written on the command line.</summary>
    public static string Rate(Rational rate) => rate.Denominator == 1
        ? rate.Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{rate.Numerator}/{rate.Denominator}");

    /// <summary>A word of an enumeration as options have it.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
