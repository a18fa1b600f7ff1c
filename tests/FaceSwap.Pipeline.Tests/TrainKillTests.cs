using System.Diagnostics;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

[Collection("engine")]
public class TrainKillTests
{
    /// <summary>
    /// A child trains and saves without pause and is killed with SIGKILL, by turns at a random moment and shortly after a save has begun. Whatever
    /// the child had reported as saved must be there, whole and without a warning; and the next child goes on from it.
    /// </summary>
    [Fact]
    public void A_training_killed_at_any_moment_loses_nothing_that_was_saved()
    {
        using TempFolder folder = new("kill");
        string model = folder["model"];
        Assert.Equal(TinyModel.Name, TinyModel.Definition.Name);
        Random random = new(2026);
        long saved = 0;
        int midSave = 0;
        for (int kill = 0; kill < (RequireAll.IsOn ? 120 : 14); kill++)
        {
            long reported = TrainAndKill(model, random, duringSave: kill % 2 == 1);
            if (Directory.EnumerateDirectories(model, ".saving-*").Any())
                midSave++;
            using CheckpointFolder reading = CheckpointFolder.ForReading(model);
            Checkpoint checkpoint = reading.Open(TinyModel.Name, warning => Assert.Fail(warning));
            long promised = Math.Max(saved, reported);
            Assert.True(checkpoint.State.Iteration >= promised, $"{checkpoint.State.Iteration} of {promised} after kill {kill}");
            Assert.Equal(2 * checkpoint.State.Iteration, checkpoint.State.Updates);
            checkpoint.ReadWeights(checkpoint.Model.Parts.Select(p => p.Name));
            saved = checkpoint.State.Iteration;
        }
        Assert.True(midSave > 0, "no kill came in the middle of a save");
        Assert.True(saved > 0, "nothing was ever saved");
        Assert.InRange(Directory.EnumerateDirectories(model, "generation-*").Count(), 1, 3);
    }

    /// <summary>The command itself, with the model and at the pace that a user has: killed a few times, it goes on from its last save each time.</summary>
    [Fact]
    public void The_command_goes_on_after_being_killed()
    {
        using TempFolder folder = new("kill");
        TrainFaces.Write(folder["A"], 3, 256, 1);
        TrainFaces.Write(folder["B"], 3, 256, 2);
        string model = folder["model"];
        Random random = new(7);
        long saved = 0, generation = -1;
        for (int kill = 0; kill < (RequireAll.IsOn ? 20 : 3); kill++)
        {
            using Process child = StartCommand(folder, "--iterations", "0");
            long before = generation;
            Assert.True(SpinWait.SpinUntil(() => child.HasExited || NewestGeneration(model) > before, TimeSpan.FromSeconds(90)), "nothing was saved");
            Thread.Sleep(random.Next(1500));
            Assert.False(child.HasExited, "the command ended by itself");
            child.Kill();
            child.WaitForExit();
            using CheckpointFolder reading = CheckpointFolder.ForReading(model);
            Checkpoint checkpoint = reading.Open("Light", warning => Assert.Fail(warning));
            Assert.True(checkpoint.State.Iteration >= saved, $"iteration {checkpoint.State.Iteration} after {saved}");
            (saved, generation) = (checkpoint.State.Iteration, checkpoint.Generation);
        }
        using Process last = StartCommand(folder, "--iterations", (saved + 1).ToString());
        last.WaitForExit();
        Assert.Equal(0, last.ExitCode);
        using CheckpointFolder final = CheckpointFolder.ForReading(model);
        Assert.Equal(saved + 1, final.Open("Light").State.Iteration);
    }

    private static long NewestGeneration(string model) => Directory.Exists(model)
        ? Directory.EnumerateDirectories(model, "generation-*").Select(d => long.Parse(d.AsSpan(d.LastIndexOf('-') + 1))).DefaultIfEmpty(-1).Max()
        : -1;

    private static Process StartCommand(TempFolder folder, params string[] more)
    {
        ProcessStartInfo start = new("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "faceswap.dll"), "train", "-A", folder["A"], "-B", folder["B"], "-m", folder["model"],
                "--trainer", "Light", "--batch-size", "1", "--save-interval", "1", "--device", "cpu", .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process child = Process.Start(start)!;
        child.OutputDataReceived += static (_, _) => { };
        child.ErrorDataReceived += static (_, _) => { };
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }

    private static long TrainAndKill(string model, Random random, bool duringSave)
    {
        ProcessStartInfo start = new("dotnet", [typeof(TrainKillTests).Assembly.Location, "train", model]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        try
        {
            long reported = -1;
            using ManualResetEventSlim firstSave = new(), ended = new();
            child.OutputDataReceived += (_, line) =>
            {
                if (line.Data is null)
                    ended.Set();
                else if (line.Data.StartsWith("saved ", StringComparison.Ordinal))
                {
                    Interlocked.Exchange(ref reported, long.Parse(line.Data.AsSpan(6)));
                    firstSave.Set();
                }
            };
            child.BeginOutputReadLine();
            Assert.True(firstSave.Wait(TimeSpan.FromSeconds(60)), "the child saved nothing in a minute");
            Thread.Sleep(random.Next(250));
            Stopwatch patience = Stopwatch.StartNew();
            while (duringSave && patience.Elapsed < TimeSpan.FromSeconds(5) && !Directory.EnumerateDirectories(model, ".saving-*").Any())
            {
                // A save takes a few milliseconds: anything slower than looking again would miss it.
            }
            SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(random.NextDouble() * 3));
            child.Kill();
            Assert.True(ended.Wait(TimeSpan.FromSeconds(60)), "the child did not end");
            return Interlocked.Read(ref reported);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }
}
