using System.CommandLine;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The options of every command that encodes video.</summary>
/// <param name="more">What else <c>--codec</c> takes, for its description.</param>
internal sealed class EncoderOptions(string more = "")
{
    public Option<string> Codec { get; } = new("--codec")
    {
        Description = "Video encoder by its FFmpeg name" + more,
        HelpName = "NAME",
        DefaultValueFactory = _ => "libx264",
    };

    public Option<long> Crf { get; } = Opt.Whole("--crf", [], "Constant rate factor of the encoder: lower is better and larger", 15, 0, 63);

    public Option<string> Preset { get; } = new("--preset")
    {
        Description = "Preset of the encoder",
        HelpName = "NAME",
        DefaultValueFactory = _ => "medium",
    };

    /// <summary>All, in the order of the help.</summary>
    public Option[] All => [Codec, Crf, Preset];
}
