using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Small inputs that several tests share: aligned faces, a real frame with a face, a video of it, and a model trained for one iteration.</summary>
public sealed class CliAssets : IDisposable
{
    private readonly TempFolder folder = new("cli");

    public CliAssets()
    {
        Faces = folder.Folder("faces");
        File.Copy(Golden.Path("vision", "frame0_extract.png"), Path.Combine(Faces, "a_0.png"));
        File.Copy(Golden.Path("vision", "frame1_extract.png"), Path.Combine(Faces, "b_0.png"));
        Frames = folder.Folder("frames");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(Frames, "0001.png"));
        File.Copy(Golden.Path("vision", "frame1.png"), Path.Combine(Frames, "0002.png"));
        Video = folder["clip.mp4"];
        Succeed(CliRunner.Run("frames-to-video", "-i", Frames, "-o", Video));
        Model = folder["model"];
        Succeed(CliRunner.Run("train", "-A", Faces, "-B", Faces, "-m", Model, "-t", "Light", "-bs", "2", "-it", "1"));
    }

    /// <summary>Folder of aligned faces.</summary>
    public string Faces { get; }

    /// <summary>Folder of two frames with a face each.</summary>
    public string Frames { get; }

    /// <summary>The frames as a video.</summary>
    public string Video { get; }

    /// <summary>A checkpoint of Light.</summary>
    public string Model { get; }

    /// <summary>A copy of the checkpoint that a test may damage.</summary>
    public string CopyModel(string target)
    {
        foreach (string file in Directory.EnumerateFiles(Model, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(Model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return target;
    }

    public void Dispose() => folder.Dispose();

    private static void Succeed(CliRun run) => Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}: {run.Error}");
}
