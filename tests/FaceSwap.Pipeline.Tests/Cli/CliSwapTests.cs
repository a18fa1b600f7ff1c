using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary><c>faceswap swap</c> takes the options of a conversion, and refuses bad ones before it extracts and trains.</summary>
public sealed class CliSwapTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("swap");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Ranges_scale_encoder_and_sheet_are_those_of_convert()
    {
        using PooledFrame whole = ImageFile.Read(Golden.Path("vision", "frame0.png"));
        CliRun run = Swap("--frame-ranges", "2-max", "--discard-frames", "--output-scale", "50", "--steady", "off", "--preset", "ultrafast", "--crf", "30",
            "--contact-sheet", folder["sheet.png"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("1 frames were left out", run.Output);
        Assert.DoesNotContain("jitter", run.Output);
        Assert.DoesNotContain("not good yet", run.Error);
        using VideoReader video = VideoReader.Open(folder["out.mp4"]);
        Assert.Equal((1, whole.Width / 4 * 2, whole.Height / 4 * 2), (video.Info.FrameCount, video.Info.Width, video.Info.Height));
        using PooledFrame sheet = ImageFile.Read(folder["sheet.png"]);
        // Left the second frame, which was kept, not the first; right the output, drawn as large.
        using PooledFrame second = ImageFile.Read(Golden.Path("vision", "frame1.png"));
        Assert.True(4 * Difference(sheet, second) < Difference(sheet, whole), $"{Difference(sheet, second)} to the second, {Difference(sheet, whole)} to the first");
    }

    [Fact]
    public void Bad_choices_are_refused_before_anything_is_done()
    {
        Swap("--discard-frames").AssertRefused("--frame-ranges");
        Swap("--frame-ranges", "9-2").AssertRefused("9-2");
        Swap("--steady-strength", "11").AssertRefused("0.1 to 10");
        Swap("--fps", "fast").AssertRefused("fast");
        Swap("--preset", "warp").AssertRefused("warp");
        Swap("--codec", "libx999").AssertRefused("libx999");
        Swap("--start", "100").AssertRefused("start");
        Swap("--preset").AssertRefused("--preset");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_loss_ends_the_training_and_one_that_was_not_reached_is_told()
    {
        CliRun poor = Swap("--target-loss", "0.0001");
        Assert.True(poor.ExitCode == 0, poor.Error);
        Assert.Contains("ended at iteration 1 with a mean loss of 0.", poor.Error);
        Assert.Contains("above the 0.0001 wanted, so the face is not good yet", poor.Error);
        CliRun good = CliRunner.Run("swap", assets.Video, assets.Frames, "-o", folder["good.mp4"], "-it", "150", "-bs", "1", "--target-loss", "0.9");
        Assert.True(good.ExitCode == 0, good.Error);
        Assert.Contains("to 100 (the loss was reached)", good.Output);
        Assert.DoesNotContain("not good yet", good.Error);
        Swap("--target-loss", "0").AssertRefused("--target-loss");
    }

    private CliRun Swap(params string[] more) =>
        CliRunner.Run(["swap", assets.Video, assets.Frames, "-o", folder["out.mp4"], "-w", folder["work"], "-it", "1", "-bs", "2", .. more]);

    // Mean difference of the left part that both have.
    private static double Difference(PooledFrame sheet, PooledFrame frame)
    {
        double sum = 0;
        for (int y = 0; y < frame.Height; y++)
        {
            Span<byte> a = sheet.Plane(0).RowSpan(y), b = frame.Plane(0).RowSpan(y);
            for (int i = 0; i < frame.Width * 3; i++)
                sum += Math.Abs(a[i] - b[i]);
        }
        return sum / (frame.Width * frame.Height * 3);
    }
}
