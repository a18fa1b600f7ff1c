using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Extract;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Extractions that are stopped, or whose input breaks off.</summary>
[Collection("engine")]
public sealed class ExtractStopTests
{
    private const int Frames = 24;

    [Fact]
    public void A_run_killed_at_any_moment_goes_on_and_ends_as_if_it_had_not_been()
    {
        using ExtractRig rig = new(golden: false);
        for (int i = 0; i < Frames; i++)
            File.Copy(Golden.Path("vision", $"frame{i % 2}.png"), Path.Combine(rig.Input, $"{i:00}.png"));
        string whole = rig.Plain().Text;
        ExtractOptions options = rig.Options() with { AlignmentsPath = null };
        Random random = new(5);
        int kept = 0;
        for (int round = 0; round < 3; round++)
        {
            bool ended = Extract(options, killAfter: random.Next(2, 6));
            string? path = AlignmentsFile.FindBeside(rig.Input);
            int now = path is null ? 0 : AlignmentsFile.Load(path).FrameCount;
            Assert.InRange(now, kept, Frames);
            kept = now;
            if (ended)
                break;
        }
        Assert.True(kept > 0, "nothing was kept at a kill");
        // What a kill in the middle of a write leaves, which a kill does not hit each time.
        File.WriteAllText(Path.Combine(options.OutputDirectory, $".00_0.png.partial-{int.MaxValue}-1"), "half a face");
        Extraction rest = Extraction.Run(options with { SkipExisting = true });
        Assert.Equal(kept, rest.Summary.FramesSkipped);
        Assert.Equal(whole, rest.Text);
        Assert.Equal(Frames, rest.Files.Count);
    }

    [Fact]
    public void A_cancelled_run_keeps_what_is_done()
    {
        using ExtractRig rig = new(golden: false);
        // Progress is told four times a second: there must be work left when it is told first, on a fast machine too.
        const int many = 10 * Frames;
        for (int i = 0; i < many; i++)
            File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(rig.Input, $"{i:000}.png"));
        using CancellationTokenSource stop = new();
        ExtractOptions options = rig.Options() with { Processes = 1 };
        Assert.ThrowsAny<OperationCanceledException>(() => new ExtractWorkflow(options).Run(new StopAtFirst(stop), stop.Token));
        AlignmentsFile kept = AlignmentsFile.Load(options.AlignmentsPath!);
        Assert.InRange(kept.FrameCount, 1, many - 1);
        Assert.All(kept.FrameNames, name => Assert.True(File.Exists(Path.Combine(options.OutputDirectory, Path.GetFileNameWithoutExtension(name) + "_0.png"))));
    }

    /// <summary>Whatever is wrong with a video, an extraction ends with what could be read or with one sentence.</summary>
    [Fact]
    public void Damaged_videos_are_read_as_far_as_they_go_or_refused()
    {
        using TempFolder folder = new("damaged");
        byte[] clip = File.ReadAllBytes(ConvertClip.Write(folder, 6));
        Random random = new(3);
        int read = 0, refused = 0;
        for (int i = 0; i < 8; i++)
        {
            byte[] bytes = i < 4 ? clip[..(clip.Length * i / 4)] : [.. clip];
            for (int flips = i < 4 ? 0 : 4 << (2 * (i - 4)); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            string input = folder[$"damaged{i}.mkv"];
            File.WriteAllBytes(input, bytes);
            ExtractOptions options = new() { Input = input, OutputDirectory = folder[$"faces{i}"] };
            try
            {
                Extraction done = Extraction.Run(options);
                Assert.InRange(done.Summary.Faces, 1, done.Files.Count);
                read++;
            }
            catch (UserErrorException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }
        Assert.True(read > 0 && refused > 0, $"{read} were read and {refused} refused: the damage is of one kind alone");
    }

    private sealed class StopAtFirst(CancellationTokenSource stop) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value)
        {
            if (value.Done > 0)
                stop.Cancel();
        }
    }

    /// <summary>Runs the child; kills it once it has reported that many frames. True if it came to its end.</summary>
    private static bool Extract(ExtractOptions options, int killAfter)
    {
        ProcessStartInfo start = new("dotnet", [typeof(ExtractStopTests).Assembly.Location, "extract", options.Input, options.OutputDirectory]) { RedirectStandardOutput = true };
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
            Assert.Fail($"the extraction ended with exit code {child.ExitCode} before its end");
            return false;
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }
}
