using System.Diagnostics;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Tests.Cli;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Embedding;

/// <summary>The filter between other programs, and the sample, as a user runs them.</summary>
[Collection("engine")]
public sealed class PipeTests(CliAssets assets) : IClassFixture<CliAssets>
{
    private static string Command => CliRunner.Command;

    [SkippableFact]
    public void It_stands_between_two_ffmpegs()
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg") && File.Exists("/bin/bash"), "the programs ffmpeg and bash are not here");
        using TempFolder folder = new("pipe");
        string output = folder["swapped.mkv"], plain = folder["plain.mkv"];
        const string loop = "-stream_loop 5";
        Bash($"set -o pipefail; ffmpeg -v error {loop} -i '{assets.Video}' -f yuv4mpegpipe -pix_fmt yuv420p - | '{Command}' pipe -m '{assets.Model}' --precision fp32 --device cpu "
            + $"| ffmpeg -v error -f yuv4mpegpipe -i - -c:v ffv1 '{output}' && ffmpeg -v error {loop} -i '{assets.Video}' -pix_fmt yuv420p -c:v ffv1 '{plain}'");
        string[] swapped = Hashes(output), before = Hashes(plain);
        Assert.Equal(before.Length, swapped.Length);
        Assert.Equal(12, swapped.Length);
        Assert.All(swapped.Zip(before), pair => Assert.NotEqual(pair.Second, pair.First));
    }

    [Theory]
    [InlineData(PixelFormat.Yuv420P, 8)]
    [InlineData(PixelFormat.Yuv420P, 10)]
    [InlineData(PixelFormat.Yuv444P, 12)]
    public async Task A_stream_comes_back_with_other_faces_and_the_same_frames(PixelFormat layout, int depth)
    {
        const int count = 6;
        PixelFormat format = layout.WithDepth(depth);
        using PooledFrame face = MemorySource.GoldenFrame(format);
        ProcessStartInfo start = new(Command, ["pipe", "-m", assets.Model, "--device", "cpu"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> notes = process.StandardError.ReadToEndAsync();
        Task feeding = Task.Run(() =>
        {
            using Y4mWriter writer = new(process.StandardInput.BaseStream, new Y4mHeader(face.Width, face.Height, new Rational(25, 1), format));
            for (int i = 0; i < count; i++)
                writer.Write(MemorySource.GoldenFrame(format));
            writer.Complete();
        });
        using Y4mReader reader = new(process.StandardOutput.BaseStream);
        Assert.Contains("XALTERED", reader.Header.OtherTags);
        Assert.Equal(format, reader.Header.Format);
        int frames = 0;
        while (reader.Read() is { } frame)
        {
            using (frame)
            {
                Assert.False(frame.Plane(0).RowSpan(face.Height / 2).SequenceEqual(face.Plane(0).RowSpan(face.Height / 2)), "the face was not replaced");
                Assert.True(frame.Plane(0).RowSpan(0).SequenceEqual(face.Plane(0).RowSpan(0)), "the first row is not the input's");
            }
            frames++;
        }
        await feeding;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await notes);
        Assert.Equal(count, frames);
        Assert.Contains($"{count} faces replaced", await notes);
    }

    [SkippableFact]
    public void It_says_what_is_wrong_with_its_input()
    {
        Skip.IfNot(File.Exists("/bin/bash"), "bash is not here");
        (int code, string error) = TryBash($"echo hello | '{Command}' pipe -m '{assets.Model}' | cat > /dev/null; exit ${{PIPESTATUS[1]}}");
        Assert.Equal(2, code);
        Assert.Contains("no yuv4mpeg stream", error);
        Assert.DoesNotContain("   at ", error);
        (code, error) = TryBash($"'{Command}' pipe -m '{assets.Model}' < /dev/null | cat > /dev/null; exit ${{PIPESTATUS[0]}}");
        Assert.Equal(2, code);
        Assert.Contains("empty", error);
    }

    [SkippableFact]
    public void It_stops_when_nobody_reads_its_output()
    {
        Skip.IfNot(File.Exists("/usr/bin/ffmpeg") && File.Exists("/bin/bash"), "the programs ffmpeg and bash are not here");
        (int code, string error) = TryBash($"ffmpeg -v quiet -stream_loop 50 -i '{assets.Video}' -f yuv4mpegpipe -pix_fmt yuv420p - "
            + $"| '{Command}' pipe -m '{assets.Model}' | head -c 100000 > /dev/null; exit ${{PIPESTATUS[1]}}");
        Assert.Equal(2, code);
        Assert.Contains("standard output was closed", error);
    }

    [Fact]
    public async Task The_sample_converts_a_video()
    {
        using TempFolder folder = new("sample");
        string output = folder["swapped.mkv"];
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "ConvertFrames.dll"), assets.Model, assets.Video, output])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(), complained = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string lines = await said;
        Assert.True(process.ExitCode == 0, await complained);
        Assert.Contains("face 1 at", lines);
        Assert.Contains("2 frames", lines);
        Assert.True(new FileInfo(output).Length > 0);
    }

    private static string[] Hashes(string video)
    {
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/ffmpeg", ["-v", "error", "-i", video, "-f", "framemd5", "-"]) { RedirectStandardOutput = true })!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return [.. lines.Where(l => !l.StartsWith('#')).Select(l => l.Split(',')[^1].Trim())];
    }

    private static void Bash(string line)
    {
        (int code, string error) = TryBash(line);
        Assert.True(code == 0, $"exit code {code}: {error}");
    }

    private static (int Code, string Error) TryBash(string line)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", line]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
