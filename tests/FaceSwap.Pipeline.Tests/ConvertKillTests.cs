using System.Diagnostics;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

[Collection("engine")]
public class ConvertKillTests
{
    /// <summary>
    /// A child converts a clip over an older output and is killed with SIGKILL at a random moment. What stands under the output's name
    /// must be the older output to the byte, or the new one whole; the input is untouched; and the next run succeeds and
    /// leaves no temporary file behind.
    /// </summary>
    [Fact]
    public void A_conversion_killed_at_any_moment_leaves_the_older_output_or_a_whole_new_one()
    {
        using TempFolder folder = new("kill");
        const int frames = 60;
        string model = ConvertClip.Model(folder), input = ConvertClip.Write(folder, frames), output = folder.Folder("out") + "/swap.mp4";
        byte[] before = File.ReadAllBytes(input), older = [1, 2, 3, 4];
        File.WriteAllBytes(output, older);
        Random random = new(7);
        int killed = 0;
        for (int round = 0; round < (RequireAll.IsOn ? 40 : 5); round++)
        {
            bool ended = Convert(model, input, output, killAfter: random.Next(frames));
            killed += ended ? 0 : 1;
            byte[] now = File.ReadAllBytes(output);
            if (!now.AsSpan().SequenceEqual(older))
            {
                Assert.Equal(frames, Count(output));
                older = now;
            }
        }
        Assert.True(killed > 0, "no kill came before the end");
        Assert.True(Convert(model, input, output, killAfter: int.MaxValue));
        Assert.Equal(frames, Count(output));
        Assert.Equal(before, File.ReadAllBytes(input));
        Assert.Equal(["swap.mp4", "swap.provenance.json"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
    }

    private static int Count(string video)
    {
        using VideoReader reader = VideoReader.Open(video);
        return TestClips.ReadAll(reader);
    }

    /// <summary>Runs the child; kills it once it has reported that many frames. True if it came to its end.</summary>
    private static bool Convert(string model, string input, string output, int killAfter)
    {
        ProcessStartInfo start = new("dotnet", [typeof(ConvertKillTests).Assembly.Location, "convert", model, input, output]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        try
        {
            while (child.StandardOutput.ReadLine() is { } line)
            {
                if (line == "complete")
                    return true;
                if (line.StartsWith("frame ", StringComparison.Ordinal) && long.Parse(line.AsSpan(6)) >= killAfter)
                    return false;
            }
            Assert.Fail($"the conversion ended with exit code {child.ExitCode} before its end");
            return false;
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }
}
