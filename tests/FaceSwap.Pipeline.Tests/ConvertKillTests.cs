using System.Diagnostics;
using System.Globalization;
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

    /// <summary>
    /// A child converts in segments, goes on with what the one before left, and is killed again and again: between frames, while a segment is finished or noted, while
    /// segments are joined. In the end the output is that of a conversion that nobody disturbed, to the byte.
    /// </summary>
    [Theory]
    [InlineData("swap.mp4", 11)]
    [InlineData("swap.mkv", 9, "3-18", "23-36", "41-48")]
    [InlineData("swap/%04d.png", 8)]
    public void A_conversion_killed_again_and_again_ends_up_as_if_it_had_not_been(string name, int segment, params string[] ranges)
    {
        using TempFolder folder = new("resume");
        const int frames = 48;
        string model = ConvertClip.Model(folder), input = ConvertClip.Write(folder, frames);
        if (ranges.Length > 0)
            ConvertClip.WriteAlignments(input, frames); // the other clips' faces are searched and followed
        string whole = Path.Combine(folder.Folder("whole"), name), output = Path.Combine(folder.Folder("out"), name);
        string[] Arguments(string to) => ["resume", model, input, to, $"{segment}", .. ranges];
        Assert.True(Run(int.MaxValue, 0, Arguments(whole)));
        Random random = new(name.Length);
        int killed = 0, runs = 0;
        long last = 0;
        for (bool ended = false; !ended; runs++)
        {
            Assert.True(runs < 100, "it never came to an end");
            bool through = killed >= (RequireAll.IsOn ? 16 : 3), byTime = killed % 2 == 1;
            ended = Run(through ? int.MaxValue : byTime ? 1 : random.Next(1, 2 * segment), through ? 0 : random.Next(0, byTime ? 900 : 20), Arguments(output));
            killed += ended ? 0 : 1;
            long kept = Kept(output);
            // The kill may also come when all is done, and the journal gone.
            bool done = ended || Directory.EnumerateFiles(Path.GetDirectoryName(output)!, "*provenance.json").Any();
            Assert.True(done || kept >= last, $"{kept} segments are kept, and {last} were");
            last = done ? 0 : kept;
        }
        Assert.True(killed >= 2, $"killed {killed} times only");
        string[] expected = [.. Files(whole)], made = [.. Files(output)];
        Assert.Equal(expected.Select(Path.GetFileName), made.Select(Path.GetFileName));
        foreach ((string a, string b) in expected.Zip(made))
        {
            if (!a.EndsWith("provenance.json", StringComparison.Ordinal))
                Assert.True(File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b)), $"{b} differs");
        }
        static IEnumerable<string> Files(string path) => Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal);
    }

    // Segments that the journal tells of.
    private static long Kept(string output)
    {
        string journal = Path.Combine(Path.GetDirectoryName(output)!, $".{Path.GetFileName(output)}.partial", "journal.jsonl");
        return File.Exists(journal) ? File.ReadLines(journal).Count(l => l.StartsWith("{\"sum\":", StringComparison.Ordinal) && l.EndsWith('}')) - 1 : 0;
    }

    private static int Count(string video)
    {
        using VideoReader reader = VideoReader.Open(video);
        return TestClips.ReadAll(reader);
    }

    /// <summary>Runs the child; kills it once it has reported that many frames. True if it came to its end.</summary>
    private static bool Convert(string model, string input, string output, int killAfter) => Run(killAfter, 0, "convert", model, input, output);

    private static bool Run(int killAfter, int delay, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(ConvertKillTests).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        try
        {
            while (child.StandardOutput.ReadLine() is { } line)
            {
                if (line == "complete")
                    return true;
                if (line.StartsWith("frame ", StringComparison.Ordinal) && long.Parse(line.AsSpan(6), CultureInfo.InvariantCulture) >= killAfter)
                {
                    Thread.Sleep(delay);
                    return false;
                }
            }
            child.WaitForExit();
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
