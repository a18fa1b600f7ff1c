using System.CommandLine;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The options of every command that encodes video.</summary>
/// <param name="codec">The encoder when none is given.</param>
/// <param name="crf">The constant rate factor when none is given.</param>
/// <param name="preset">The preset when none is given.</param>
/// <param name="more">What else <c>--codec</c> takes, for its description.</param>
internal sealed class EncoderOptions(string codec, double crf, string preset, string more = "")
{
    public Option<string> Codec { get; } = new("--codec")
    {
        Description = "Video encoder by its FFmpeg name" + more,
        HelpName = "NAME",
        DefaultValueFactory = _ => codec,
    };

    public Option<long> Crf { get; } = Opt.Whole("--crf", [], "Constant rate factor of the encoder: lower is better and larger", (long)crf, 0, 63);

    public Option<string> Preset { get; } = new("--preset")
    {
        Description = "Preset of the encoder",
        HelpName = "NAME",
        DefaultValueFactory = _ => preset,
    };

    /// <summary>All, in the order of the help.</summary>
    public Option[] All => [Codec, Crf, Preset];
}
