using System.Text;
using System.Text.Json.Nodes;
using FaceSwap.Core.Tensors;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Files that hold what no program of ours writes, or are no files: refused in a sentence, without waiting for ever.</summary>
public sealed class CliForgedFilesTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("forged");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("learning_rate", "-1")]
    [InlineData("learning_rate", "0")]
    [InlineData("learning_rate", "1e999")]
    [InlineData("learning_rate", "1e9")]
    [InlineData("batch_size", "0")]
    [InlineData("batch_size", "2147483647")]
    [InlineData("iteration", "-1")]
    [InlineData("iteration", "9223372036854775807")]
    [InlineData("updates", "9223372036854775807")]
    [InlineData("precision", "77")]
    [InlineData("losses", "null")]
    [InlineData("losses", "{}")]
    [InlineData("losses.stride", "9223372036854775807")]
    [InlineData("losses.iterations", "-5")]
    [InlineData("losses.a", "null")]
    [InlineData("losses.recent_a", "[1e999]")]
    [InlineData("losses.sum_a", "1e999")]
    [InlineData("losses.sum_a", "1e308")]
    [InlineData("losses.sum_b", "-1")]
    [InlineData("losses.sum_b", "0.5")]
    [InlineData("losses.a", "[1e30]")]
    [InlineData("losses.b", "[-0.5]")]
    [InlineData("losses.recent_a", "[1e30]")]
    [InlineData("losses.recent_b", "[-1]")]
    public void A_state_out_of_range(string field, string value)
    {
        string model = assets.CopyModel(folder["model"]), generation = Path.Combine(model, "generation-000000"), path = Path.Combine(generation, "state.json");
        // Replaced as text: JSON's own classes do not hold all of these.
        string key = field.Split('.')[^1];
        JsonNode? old = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (string part in field.Split('.'))
            old = old![part];
        string text = File.ReadAllText(path), was = $"\"{key}\":{old!.ToJsonString()}";
        int at = field.StartsWith("losses.", StringComparison.Ordinal) ? text.IndexOf("\"losses\"", StringComparison.Ordinal) : 0;
        at = text.IndexOf($"\"{key}\":", at, StringComparison.Ordinal);
        int end = at + was.Length;
        Assert.True(at >= 0 && end <= text.Length, text);
        File.WriteAllText(path, text[..at] + $"\"{key}\":{value}" + text[end..]);
        Sum(generation, "state.json");
        Train(model).AssertRefused("state.json");
        Convert(model).AssertRefused("state.json");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_no_numbers(float value)
    {
        string model = assets.CopyModel(folder["model"]), generation = Path.Combine(model, "generation-000000");
        string file = Directory.GetFiles(generation, "decoder*.safetensors")[0];
        foreach (string part in Directory.GetFiles(generation, "decoder*.safetensors"))
        {
            using (SafeTensorsReader reader = SafeTensorsReader.Open(part))
                Assert.NotEmpty(reader.Header.Tensors);
            using (FileStream stream = new(part, FileMode.Open, FileAccess.ReadWrite))
            {
                // The last element of the last tensor.
                stream.Seek(-4, SeekOrigin.End);
                stream.Write(BitConverter.GetBytes(value));
            }
            Sum(generation, Path.GetFileName(part));
        }
        Convert(model).AssertRefused("infinite or none (NaN)", Path.GetFileName(Path.GetDirectoryName(file)!));
        Train(model).AssertRefused("infinite or none (NaN)");
    }

    [Fact]
    public void A_generation_at_the_end_of_its_range()
    {
        string model = assets.CopyModel(folder["model"]);
        Directory.Move(Path.Combine(model, "generation-000000"), Path.Combine(model, "generation-9223372036854775807"));
        Train(model).AssertRefused("generation-9223372036854775807", "a number that no training gives");
        Convert(model).AssertRefused("generation-9223372036854775807");
        Assert.True(File.Exists(Path.Combine(model, "generation-9223372036854775807", "state.json")));
    }

    [SkippableTheory]
    [InlineData("mkfifo")]
    [InlineData("ln -s /dev/zero")]
    [InlineData("mkdir")]
    [InlineData("touch")]
    [InlineData("truncate -s 3G")]
    public void What_is_no_regular_file(string make)
    {
        Shell.Require();
        foreach (string name in new[] { "state.json", "checksums.txt", "encoder.safetensors" })
        {
            string model = assets.CopyModel(folder[name]), path = Path.Combine(model, "generation-000000", name);
            Assert.True(File.Exists(path), path);
            File.Delete(path);
            Assert.Equal(0, Shell.Run(folder.Path, $"{make} '{path}'").ExitCode);
            Convert(model).AssertRefused(name);
            Train(model).AssertRefused(name);
        }
        foreach (string name in new[] { "alignments.json", "alignments.yml" })
        {
            Assert.Equal(0, Shell.Run(folder.Path, $"{make} {name}").ExitCode);
            Convert(assets.Model, "--alignments", folder[name]).AssertRefused(name);
            CliRunner.Run("alignments", "smooth", "--alignments", folder[name]).AssertRefused(name);
        }
        Assert.Equal(0, Shell.Run(folder.Path, $"{make} before.json; mkdir weights pictures; {make} weights/mmod_human_face_detector.dat; {make} pictures/a.png").ExitCode);
        CliRunner.Run("bench", "--only", "blend", "--compare", folder["before.json"]).AssertRefused("before.json");
        if (make != "truncate -s 3G")
            CliRunner.Run("train", "-A", folder["pictures"], "-B", assets.Faces, "-m", folder["m"], "-t", "Light", "--device", "cpu").AssertRefused(make == "mkdir" ? "pictures" : "a.png");
        if (make != "mkdir")
            Assert.Contains("DAMAGED", CliRunner.Run("models", "--models-dir", folder["weights"]).Output);
    }

    [SkippableFact]
    public void A_list_without_an_end_is_refused_and_one_of_another_program_is_read()
    {
        Shell.Require();
        CliRunner.Run("convert", "--input-list", "/dev/zero", "-o", folder["out"], "-m", assets.Model).AssertRefused("'/dev/zero'", "longer than");
        // Of several inputs those that fail are listed.
        CliRun run = Shell.Run(folder.Path, $"\"$F\" convert --input-list <(echo nowhere.mp4) -o out -m '{assets.Model}' --device cpu");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no file or folder 'nowhere.mp4'", run.Error);
    }

    // Rewrites a file's line in the list of checksums: CRC-32C, length, name.
    private static void Sum(string generation, string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(generation, name));
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
            crc = System.Numerics.BitOperations.Crc32C(crc, one);
        string list = Path.Combine(generation, "checksums.txt");
        string[] lines = [.. File.ReadAllLines(list).Select(l => l.EndsWith(' ' + name) ? $"{~crc:x8} {bytes.Length} {name}" : l)];
        File.WriteAllText(list, string.Join('\n', lines) + "\n", new UTF8Encoding(false));
    }

    private CliRun Convert(string model, params string[] more) =>
        CliRunner.Run(["convert", "-i", assets.Frames, "-o", folder["converted"], "-m", model, "--device", "cpu", .. more]);

    private CliRun Train(string model) =>
        CliRunner.Run("train", "-A", assets.Faces, "-B", assets.Faces, "-m", model, "-bs", "2", "-it", "2", "--device", "cpu");
}
