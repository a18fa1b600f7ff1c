using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Numbers and times that cannot be meant are refused before anything is done.</summary>
public sealed class CliRangesTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("ranges");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--time-limit needs a time above 0", "--time-limit", "0")]
    [InlineData("--time-limit needs a time above 0", "--time-limit", "0:00")]
    [InlineData("--time-limit needs a time", "--time-limit", "-1")]
    [InlineData("--time-limit needs a time", "--time-limit", "1e300")]
    [InlineData("--time-limit needs a time", "--time-limit", "900000000h")]
    [InlineData("--time-limit needs a time", "--time-limit", "nan")]
    [InlineData("--learning-rate needs a number above 0", "--learning-rate", "-1")]
    [InlineData("--learning-rate needs a number above 0", "--learning-rate", "0")]
    [InlineData("--learning-rate needs a number above 0", "--learning-rate", "NaN")]
    [InlineData("learning rate of", "--learning-rate", "1e300")]
    [InlineData("learning rate of 1.5", "--learning-rate", "1.5")]
    [InlineData("learning rate of 0 ", "--learning-rate", "1e-300")]
    [InlineData("--target-loss needs a number above 0", "--target-loss", "0")]
    [InlineData("--target-loss needs a number above 0", "--target-loss", "inf")]
    [InlineData("--iterations needs a whole number", "--iterations", "-1")]
    [InlineData("--iterations needs a whole number", "--iterations", "9223372036854775808")]
    [InlineData("--batch-size needs a whole number", "--batch-size", "0")]
    [InlineData("--save-interval needs a whole number", "--save-interval", "0")]
    public void Training(string words, params string[] options)
    {
        CliRunner.Run(["train", "-A", assets.Faces, "-B", assets.Faces, "-m", folder["model"], "-t", "Light", "--device", "cpu", .. options]).AssertRefused(words);
        Assert.False(Directory.Exists(folder["model"]) && Directory.EnumerateDirectories(folder["model"]).Any(), "something was saved");
    }

    [Theory]
    [InlineData("--train-time needs a time above 0", "swap", "a", "b", "-o", "c.mp4", "--train-time", "0")]
    [InlineData("--duration needs a time above 0", "convert", "-i", "x", "-o", "y", "-m", "z", "--duration", "0")]
    [InlineData("--duration needs a time above 0", "video-to-frames", "-i", "x", "-o", "y", "--duration", "0s")]
    [InlineData("--seconds needs a time above 0", "bench", "--seconds", "0")]
    [InlineData("no frame rate", "convert", "-i", "x", "-o", "y", "-m", "z", "--fps", "0")]
    [InlineData("no frame rate", "frames-to-video", "-i", "x", "-o", "y.mp4", "--rate", "nan")]
    [InlineData("no frame rate", "video-to-frames", "-i", "x", "-o", "y", "--rate", "1/0")]
    public void Others(string words, params string[] arguments) => CliRunner.Run(arguments).AssertRefused(words);

    [Fact]
    public void The_shortest_time_trains_something()
    {
        CliRun run = CliRunner.Run("train", "-A", assets.Faces, "-B", assets.Faces, "-m", folder["model"], "-t", "Light", "-bs", "1", "--device", "cpu", "--time-limit", "0.0001");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("from iteration 0 to 1 (the time was up)", run.Output);
        Assert.DoesNotContain("NaN", run.Output);
    }
}
