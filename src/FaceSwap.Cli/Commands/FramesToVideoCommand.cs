using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap frames-to-video</c>: a folder of images as a video, with the sound of another file.</summary>
internal sealed class FramesToVideoCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input-dir", ["-i", "--input"], "DIR", "Folder of images, in the order of their names");
    private readonly Option<string> output = Opt.Required("--output", ["-o", "--output-dir"], "VIDEO", "The video file; its extension is the container");

    private readonly Option<string> rate = new("--rate", "-r", "--fps")
    {
        Description = "Frames a second, 25 or 30000/1001",
        HelpName = "RATE",
        DefaultValueFactory = _ => Standard.Rate(Standard.FramesToVideo.FrameRate),
    };

    private readonly Option<string?> audio = Opt.Optional("--audio-from", ["-a"], "FILE", "Copy the sound and metadata of this file; of a video also the shape of pixels, colours and fields");
    private readonly Option<string?> aspect = Opt.Optional("--pixel-aspect", [], "W:H", "Shape of a pixel, 64:45 [default: that of --audio-from, or square]");
    private readonly EncoderOptions encoder = new(Standard.FramesToVideo.Codec, Standard.FramesToVideo.Crf, Standard.FramesToVideo.Preset);
    private readonly Option<bool> skip = Opt.Flag("--skip-unreadable", [], "Leave out images that cannot be read");

    public FramesToVideoCommand() : base("frames-to-video", "Puts images together into a video.",
        "faceswap frames-to-video -i frames -o clip.mp4 --rate 25 --audio-from original.mp4",
        "faceswap frames-to-video -i frames -o clip.mkv --crf 20")
    {
        AddAll(input, output, rate, audio, aspect, encoder.Codec, encoder.Crf, encoder.Preset, skip);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        FramesToVideoOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            Output = parsed.GetRequiredValue(output),
            FrameRate = FrameRates.Parse(parsed.GetRequiredValue(rate)),
            AudioFrom = parsed.GetValue(audio),
            PixelAspect = parsed.GetValue(aspect) is string text ? PixelAspects.Parse(text) : default,
            Codec = parsed.GetRequiredValue(encoder.Codec),
            Crf = parsed.GetValue(encoder.Crf),
            Preset = parsed.GetRequiredValue(encoder.Preset),
            SkipUnreadable = parsed.GetValue(skip),
        };
        FramesToVideoSummary done = job.Run((progress, cancellation) => new FramesToVideoWorkflow(options).Run(progress, cancellation));
        job.Warn(done.Warnings);
        Report.FramesToVideo(done);
        return ExitCode.Done;
    }
}
