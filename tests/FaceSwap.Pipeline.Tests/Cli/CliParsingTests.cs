namespace FaceSwap.Pipeline.Tests.Cli;

public class CliParsingTests
{
    public static TheoryData<string> Commands =>
        ["extract", "train", "convert", "video-to-frames", "frames-to-video", "swap", "bench", "selftest", "doctor"];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_help_with_an_example(string command)
    {
        CliRun run = CliRunner.Run(command, "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Output);
        Assert.Contains($"faceswap {command}", run.Output);
    }

    [Fact]
    public void The_version_is_a_number()
    {
        CliRun run = CliRunner.Run("--version");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Output);
    }

    [Theory]
    [InlineData("no option '--nonsense'", "extract", "-i", "x", "-o", "y", "--nonsense")]
    [InlineData("no command 'nonsense'", "nonsense")]
    [InlineData("'--model-dir' is required", "convert", "-i", "x", "-o", "y")]
    [InlineData("--batch-size needs a whole number", "train", "-A", "x", "-B", "y", "-m", "z", "--batch-size", "many")]
    [InlineData("--time-limit needs a time", "train", "-A", "x", "-B", "y", "-m", "z", "--time-limit", "soon")]
    [InlineData("--trainer is one of", "train", "-A", "x", "-B", "y", "-m", "z", "-t", "Huge")]
    [InlineData("--crf needs a whole number from", "convert", "-i", "x", "-o", "y", "-m", "z", "--crf", "64")]
    [InlineData("--rotate-images needs", "extract", "-i", "x", "-o", "y", "-r", "400")]
    [InlineData("--ref_threshold needs a number", "extract", "-i", "x", "-o", "y", "-l", "-1")]
    [InlineData("--min-size needs a whole number", "extract", "-i", "x", "-o", "y", "--min-size", "big")]
    [InlineData("--serializer is one of json, yaml", "extract", "-i", "x", "-o", "y", "--serializer", "pickle")]
    [InlineData("'--filter'", "extract", "-i", "x", "-o", "y", "--filter")]
    [InlineData("one argument too many", "swap", "a", "b", "c", "-o", "d")]
    [InlineData("frame rate", "frames-to-video", "-i", "x", "-o", "y.mp4", "--rate", "fast")]
    [InlineData("--seamless belongs to --converter Masked", "convert", "-i", "x", "-o", "y", "-m", "z", "-c", "Adjust", "--seamless")]
    [InlineData("--blur-size belongs to --converter Masked", "swap", "a", "b", "-o", "d", "--converter", "adjust", "-b", "4")]
    [InlineData("--smooth-mask belongs to --converter Adjust", "convert", "-i", "x", "-o", "y", "-m", "z", "--smooth-mask")]
    [InlineData("--avg-color-adjust is one of on, off", "convert", "-i", "x", "-o", "y", "-m", "z", "-c", "Adjust", "--avg-color-adjust", "perhaps")]
    [InlineData("choose one", "convert", "-i", "x", "-o", "y", "-m", "z", "-mh", "--color-adjust", "reinhard")]
    [InlineData("--color-adjust is one of none, histogram, reinhard, average", "swap", "a", "b", "-o", "d", "--color-adjust", "lab")]
    [InlineData("--sharpen is one of", "convert", "-i", "x", "-o", "y", "-m", "z", "--sharpen", "yes")]
    [InlineData("--erosion-size needs a whole number from -255 to 255", "convert", "-i", "x", "-o", "y", "-m", "z", "-e", "300")]
    [InlineData("--steady is one of on, off", "convert", "-i", "x", "-o", "y", "-m", "z", "--steady", "maybe")]
    [InlineData("--steady-strength needs a number above 0", "convert", "-i", "x", "-o", "y", "-m", "z", "--steady-strength", "-1")]
    [InlineData("steadiness of 11 is out of range", "convert", "-i", "x", "-o", "y", "-m", "z", "--steady-strength", "11")]
    [InlineData("'50-10' is no range of frames", "convert", "-i", "x", "-o", "y", "-m", "z", "--frame-ranges", "5", "50-10")]
    [InlineData("--discard-frames needs --frame-ranges", "convert", "-i", "x", "-o", "y", "-m", "z", "--discard-frames")]
    [InlineData("needs --input", "bench", "--only", "convert")]
    [InlineData("give one of them", "convert", "-i", "x", "-o", "y", "-m", "z", "--detect", "--alignments", "a.json")]
    [InlineData("give one of them", "convert", "-i", "x", "-o", "y", "-m", "z", "--steady", "off", "--steady-strength", "2")]
    [InlineData("pictures of --filter", "extract", "-i", "x", "-o", "y", "-l", "0.5")]
    [InlineData("--only track", "bench", "--only", "blend", "--differences")]
    public void Wrong_arguments_are_one_sentence(string words, params string[] arguments) => CliRunner.Run(arguments).AssertRefused(words);

    [Fact]
    public void Classic_options_of_extract_are_understood()
    {
        CliRunner.Run("extract", "-f", "a.jpg", "b.jpg", "-n", "c.jpg", "-l", "0.5", "-r", "-ae", "-bt", "10", "-dl", "-s", "-j", "2", "-D", "hog", "-i", "nowhere", "-o", "out")
            .AssertRefused("nowhere");
        CliRunner.Run("extract", "-i", "nowhere", "-o", "out", "--rotate-images", "45,90", "--ref_threshold", "0.5", "--filter", "a.jpg", "--serializer", "yaml").AssertRefused("nowhere");
    }

    // The input that is not there is the first thing to be looked at after the words: a word that was not understood would be named instead.
    [Fact]
    public void Classic_short_options_are_understood()
    {
        string[] words = ["-t", "Original", "-c", "Masked", "-b", "3", "-e", "-5", "-M", "rect", "-s", "-bs", "4", "-ca", "average", "-sh", "gsharpen", "-S", "-fr", "10-50", "-d", "-osc", "50"];
        CliRun run = CliRunner.Run(["convert", "-i", "nowhere.mp4", "-o", "out", "-m", "nomodel", .. words]);
        run.AssertRefused("no file or folder 'nowhere.mp4'");
        Assert.DoesNotContain("--help", run.Error);
    }
}
