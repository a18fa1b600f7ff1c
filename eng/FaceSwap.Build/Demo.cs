using System.Diagnostics;

namespace FaceSwap.Build;

/// <summary>The main job on two real clips: one gets a spoken sound track, and <c>faceswap swap</c> does the rest.</summary>
public sealed class Demo(Layout layout)
{
    private const string Speech = "This voice belongs to the original clip. The face has been changed by a computer; the sound has been carried over untouched. ";
    private const int SpokenTimes = 8;

    // Where the face of these clips is sharp: some 1,400 iterations, of batch 16, minutes on two cores. A slow machine stops at the time.
    private const string WantedLoss = "0.029", MostTime = "8m", ShortTime = "20s";

    /// <summary>Runs the demo into <c>out/demo</c>.</summary>
    /// <param name="shortened">Trains for seconds, to exercise every step; the face is not worth looking at.</param>
    public void Run(bool shortened = false)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string folder = layout.At("out", "demo");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        (string clipA, string clipB) = new SampleClips(layout).Fetch();
        string spoken = AddSpeech(clipA, folder);
        string work = Path.Combine(folder, "work");
        Shell.Require(layout.Command,
        [
            "swap", spoken, clipB, "-o", Path.Combine(folder, "swapped.mp4"), "--work-dir", work, "--trainer", "Light", "--batch-size", "16",
            "--target-loss", WantedLoss, "--train-time", shortened ? ShortTime : MostTime, "--precision", "auto", "--start", "0:10", "--duration", "20",
            // The faces are some hundred pixels wide: a mask that ends before the network's square and fades out leaves no edge.
            "--erosion-size", "10", "--blur-size", "14",
            "--contact-sheet", Path.Combine(folder, "contact-sheet.jpg"), "--summary", Path.Combine(folder, "summary.md"),
        ], layout.Root);
        File.Copy(Path.Combine(work, "loss.png"), Path.Combine(folder, "loss.png"), overwrite: true);
        File.Copy(Path.Combine(work, "preview.png"), Path.Combine(folder, "preview.png"), overwrite: true);
        Console.WriteLine($"demo: done in {clock.Elapsed.TotalMinutes:0.0} minutes; look at");
        foreach (string file in new[] { "swapped.mp4", "contact-sheet.jpg", "preview.png", "loss.png", "summary.md" })
            Console.WriteLine("  " + Path.GetRelativePath(layout.Root, Path.Combine(folder, file)));
    }

    // The clips are silent: a voice is put beside the untouched pictures, so that carrying sound is really exercised.
    private string AddSpeech(string clip, string folder)
    {
        string voice = Path.Combine(folder, "voice.wav"), target = Path.Combine(folder, "original.mp4");
        Shell.Require("espeak-ng", ["-w", voice, string.Concat(Enumerable.Repeat(Speech, SpokenTimes))], layout.Root);
        Shell.Require("ffmpeg",
        [
            "-v", "error", "-y", "-i", clip, "-i", voice, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "96k", "-shortest",
            "-metadata", "title=Demo clip with a spoken track", target,
        ], layout.Root);
        File.Delete(voice);
        return target;
    }
}
