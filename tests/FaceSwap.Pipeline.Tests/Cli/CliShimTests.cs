using System.ComponentModel;
using System.Diagnostics;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>A shim of another version is refused before anything of it is called: its exports may be missing or take other arguments.</summary>
public sealed class CliShimTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("shim");

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData("int fs_core_abi_version(void) { return 987; }", "has ABI 987")]
    [InlineData("int fs_core_something_else(void) { return 0; }", "has no ABI number")]
    public void Every_command_says_so_in_one_sentence(string source, string words)
    {
        string shim = Compile(source);
        string[][] commands =
        [
            ["convert", "-i", assets.Video, "-o", folder["out.mp4"], "-m", assets.Model],
            ["extract", "-i", assets.Video, "-o", folder["faces"], "--alignments", folder["a.json"]],
            ["extract", "-i", assets.Frames, "-o", folder["faces"], "--alignments", folder["a.json"]],
            ["train", "-A", assets.Faces, "-B", assets.Faces, "-m", folder["model"], "-t", "Light", "-it", "1"],
            ["train", "-A", assets.Faces, "-B", assets.Faces, "-m", folder["model"], "-t", "Light", "-it", "1", "--device", "reference"],
            ["video-to-frames", "-i", assets.Video, "-o", folder["frames"]],
            ["frames-to-video", "-i", assets.Frames, "-o", folder["film.mp4"]],
            ["sort", "-i", assets.Faces, "-o", folder["sorted"], "--by", "blur"],
            ["swap", assets.Video, assets.Video, "-o", folder["swapped.mp4"], "-it", "1"],
            ["bench", "--only", "detect"],
        ];
        Parallel.ForEach(commands, new ParallelOptions { MaxDegreeOfParallelism = 2 }, command =>
            CliRunner.RunWith("FACESWAP_SHIM", shim, command).AssertRefused(shim, words, "needs ABI", "unset FACESWAP_SHIM", "./build.sh build"));
        CliRun doctor = CliRunner.RunWith("FACESWAP_SHIM", shim, "doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains($"nothing works without it: the native shim '{shim}' {words}", doctor.Output);
    }

    private string Compile(string source)
    {
        Skip.If(OperatingSystem.IsWindows(), "the stand-in is compiled with cc");
        string library = folder["libfaceswap_shim.so"];
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-o", library, folder.Write("shim.c", source)]))!;
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }
        catch (Win32Exception)
        {
            throw new SkipException("there is no C compiler (cc) to make a stand-in for the shim");
        }
        return library;
    }
}
