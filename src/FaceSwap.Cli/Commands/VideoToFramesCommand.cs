using System.CommandLine;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Cli.Commands;

/// <summary><c>faceswap video-to-frames</c>: a video as a folder of images.</summary>
internal sealed class VideoToFramesCommand : FaceSwapCommand
{
    private readonly Option<string> input = Opt.Required("--input", ["-i", "--input-dir"], "VIDEO", "The video file");
    private readonly Option<string> output = Opt.Required("--output-dir", ["-o"], "DIR", "Folder for the images");
    private readonly Option<string?> rate = Opt.Optional("--rate", ["-r", "--fps"], "RATE", "Frames a second, 25 or 30000/1001 [default: every frame once]");
    private readonly Option<long> quality = Opt.Whole("--quality", ["-q"], "JPEG quality, 1 is best", (long)Standard.VideoToFrames.Quality, 1, 31);

    private readonly Option<string> pattern = new("--pattern")
    {
        Description = "File names with one %d or %0Nd; the extension (.jpg or .png) is the format",
        HelpName = "NAME",
        DefaultValueFactory = _ => Standard.VideoToFrames.Pattern,
    };

    private readonly Option<TimeSpan?> start = Opt.Time("--start", [], "First moment to take: 90, 1:30 [default: the beginning]");
    private readonly Option<TimeSpan?> duration = Opt.Length("--duration", [], "Length to take [default: to the end]");

    public VideoToFramesCommand() : base("video-to-frames", "Takes a video apart into images.",
        "faceswap video-to-frames -i clip.mp4 -o frames --rate 25",
        "faceswap video-to-frames -i clip.mp4 -o frames --pattern %06d.png")
    {
        AddAll(input, output, rate, quality, pattern, start, duration);
    }

    public override int Execute(ParseResult parsed, Job job)
    {
        VideoToFramesOptions options = new()
        {
            Input = parsed.GetRequiredValue(input),
            OutputDirectory = parsed.GetRequiredValue(output),
            Rate = parsed.GetValue(rate) is string text ? FrameRates.Parse(text) : null,
            Quality = parsed.GetValue(quality),
            Pattern = parsed.GetRequiredValue(pattern),
            StartSeconds = parsed.GetValue(start)?.TotalSeconds,
            DurationSeconds = parsed.GetValue(duration)?.TotalSeconds,
        };
        VideoToFramesSummary done = job.Run((progress, cancellation) => new VideoToFramesWorkflow(options).Run(progress, cancellation));
        job.Warn(done.Warnings);
        Report.VideoToFrames(done, options.OutputDirectory);
        return ExitCode.Done;
    }
}
