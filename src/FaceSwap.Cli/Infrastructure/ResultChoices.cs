using System.CommandLine;
using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Video;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The options of every command that converts: which frames, how faces are put back and held still, and how the output is written.</summary>
internal sealed class ResultChoices
{
    private readonly BlendChoices blend;

    private readonly Option<string[]> ranges = new("--frame-ranges", "-fr")
    {
        Description = "Frames to convert, several with spaces between: 10-50 90-max. Both ends count; the numbers are those in the frames' names, a video's first is 1, also with --start. All others stay as they are",
        HelpName = "FIRST-LAST",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> discard = Opt.Flag("--discard-frames", ["-d"],
        "Leaves the frames outside --frame-ranges out; what is kept follows without pauses, with only its own sound, in step, and without chapters");

    private readonly Option<TimeSpan?> start = Opt.Time("--start", [], "First moment to convert: 90, 1:30 [default: the beginning]");
    private readonly Option<TimeSpan?> duration = Opt.Length("--duration", [], "Length to convert [default: to the end]");

    private readonly Option<string?> steady = Opt.OptionalChoice("--steady", [],
        "Holds faces still where their landmarks shake from frame to frame [default: on for a video, off for a folder of images]", "on", "off");

    private readonly Option<double?> strength = Opt.Positive("--steady-strength", [], "X", FormattableString.Invariant(
        $"How still, 0.1 to 10; 2 is twice as still as 1 and trails a movement twice as far (1: by at most 0.7 % of the face) [default: {Standard.Convert.SteadyStrength}]"));
    private readonly Option<long> scale = Opt.Whole("--output-scale", ["-osc"], "Size of the output in percent; faces are put back at full size before", Standard.Convert.OutputScale, 1, 1000);
    private readonly Option<string?> rate = Opt.Optional("--fps", [], "RATE", $"Frames a second of a video made from a folder of images, 25 or 30000/1001 [default: {Standard.Rate(FrameRates.OfImages)}]");
    private readonly EncoderOptions encoder = new(Standard.Convert.Codec, Standard.Convert.Crf, Standard.Convert.Preset, "; auto: the GPU's (h264_nvenc) where it opens, otherwise libx264");

    private readonly Option<string?> hardware = Opt.OptionalChoice("--hwaccel", [],
        "Where videos are decoded: on the GPU that the network runs on (cuda; auto: as far as it can), or on the processor (none) [default: auto]", "auto", "cuda", "none");

    private readonly Option<bool> noMark = Opt.Flag("--no-provenance", [], "Do not mark the output as altered (metadata and .provenance.json)");

    /// <summary>Makes the options.</summary>
    /// <param name="standardColor">The command's default of <c>--color-adjust</c>.</param>
    public ResultChoices(ColorAdjust standardColor) => blend = new BlendChoices(standardColor);

    /// <summary>All, in the order of the help.</summary>
    public Option[] All => [.. blend.All, ranges, discard, start, duration, steady, strength, scale, rate, .. encoder.All, hardware, noMark];

    /// <summary>A conversion with what was chosen.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="conversion">Its input, output, model and all else that is no option here.</param>
    /// <exception cref="Core.UserErrorException">A choice is none, or two disagree.</exception>
    public ConvertOptions Read(ParseResult parsed, ConvertOptions conversion) => parsed.GetValue(steady) == "off" && parsed.GetValue(strength) is not null
        ? throw new UserErrorException("--steady-strength says how still faces are held, and --steady off that they are not; give one of them")
        : conversion with
    {
        Blend = blend.Read(parsed),
        Ranges = parsed.GetValue(ranges) is { Length: > 0 } given ? FrameRanges.Parse(given) : null,
        DiscardFrames = parsed.GetValue(discard),
        StartSeconds = parsed.GetValue(start)?.TotalSeconds,
        DurationSeconds = parsed.GetValue(duration)?.TotalSeconds,
        Steady = parsed.GetValue(steady) is string word ? word == "on" : null,
        SteadyStrength = parsed.GetValue(strength) ?? conversion.SteadyStrength,
        OutputScale = (int)parsed.GetValue(scale),
        FrameRate = parsed.GetValue(rate) is string fps ? FrameRates.Parse(fps) : null,
        Hardware = parsed.GetValue(hardware) switch { "cuda" => VideoHardware.Device, "none" => VideoHardware.None, _ => VideoHardware.Auto },
        Codec = parsed.GetRequiredValue(encoder.Codec),
        Crf = (int)parsed.GetValue(encoder.Crf),
        Preset = parsed.GetRequiredValue(encoder.Preset),
        Provenance = !parsed.GetValue(noMark),
    };
}
