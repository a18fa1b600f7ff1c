using System.Diagnostics;
using FaceSwap.Pipeline.Disk;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Whatever is wrong with the input: one sentence, exit code 2, and nothing half-done under a final name.</summary>
public sealed class CliBadInputTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    private readonly TempFolder folder = new("bad");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_missing_input() => Extract(folder["nowhere"]).AssertRefused("nowhere");

    [Fact]
    public void An_empty_folder() => Extract(folder.Folder("bare")).AssertRefused("bare", "holds no image");

    [Fact]
    public void A_folder_without_a_face()
    {
        CliRun run = CliRunner.Run("video-to-frames", "-i", assets.Video, "-o", folder["frames"]);
        Assert.Equal(0, run.ExitCode);
        // A corner of the picture, where no face is.
        File.Copy(Golden.Path("vision", "frame0_mask_default_x255.png"), Path.Combine(folder.Folder("faceless"), "mask.png"));
        Extract(folder["faceless"]).AssertRefused("no face");
    }

    [Fact]
    public void A_text_file_as_a_video() => Extract(folder.Write("clip.mp4", "this is no video")).AssertRefused("clip.mp4");

    [Fact]
    public void A_zero_length_video() => Extract(folder.Write("clip.mp4", "")).AssertRefused("clip.mp4");

    [Fact]
    public void A_truncated_video()
    {
        string clip = folder["cut.mp4"];
        byte[] whole = File.ReadAllBytes(assets.Video);
        File.WriteAllBytes(clip, whole[..(whole.Length / 2)]);
        Extract(clip).AssertRefused("cut.mp4");
    }

    [Fact]
    public void A_zero_length_image()
    {
        folder.Write("frames/0001.png", "");
        Extract(folder["frames"]).AssertRefused("0001.png");
    }

    [Fact]
    public void An_image_of_one_pixel()
    {
        // The smallest PNG: one grey pixel.
        byte[] png = System.Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==");
        File.WriteAllBytes(Path.Combine(folder.Folder("tiny"), "0001.png"), png);
        Extract(folder["tiny"]).AssertRefused("no face");
    }

    [Fact]
    public void Training_on_nothing()
    {
        Train(folder["nowhere"], assets.Faces).AssertRefused("nowhere");
        Train(assets.Faces, folder.Folder("bare")).AssertRefused("bare", "holds no images");
        Assert.False(Directory.Exists(folder["model"]) && Directory.EnumerateFileSystemEntries(folder["model"]).Any());
    }

    [Fact]
    public void Training_on_a_file_that_is_no_image()
    {
        folder.Write("faces/a_0.png", "no image");
        Train(folder["faces"], assets.Faces).AssertRefused("a_0.png");
    }

    [Fact]
    public void Times_of_a_folder_that_has_none()
    {
        CliRun From(params string[] part) => CliRunner.Run(["convert", "-i", assets.Frames, "-o", folder["out.mkv"], "-m", assets.Model, .. part]);
        From("--start", "1").AssertRefused("folder of images", "--frame-ranges");
        From("--duration", "1").AssertRefused("folder of images", "--frame-ranges");
        Assert.False(File.Exists(folder["out.mkv"]));
        CliRun film = CliRunner.Run("convert", "-i", assets.Video, "-o", folder["film.mkv"], "-m", assets.Model, "--detect", "--fps", "5");
        Assert.Equal(0, film.ExitCode);
        Assert.Contains("keeps its own times", film.Error);
    }

    [Fact]
    public void An_output_beside_the_main_one_that_would_replace_an_input()
    {
        string video = folder["v.mp4"];
        File.Copy(assets.Video, video);
        byte[] before = File.ReadAllBytes(video);
        CliRun Swap(params string[] more) => CliRunner.Run(["swap", video, assets.Video, "-o", folder["out.mp4"], "-w", folder["w"], "-it", "1", .. more]);
        Swap("--summary", video).AssertRefused("v.mp4", "--summary");
        Swap("--contact-sheet", folder["out.mp4"]).AssertRefused("out.mp4", "--contact-sheet");
        CliRunner.Run("extract", "-i", video, "-o", folder["faces"], "--alignments", video).AssertRefused("v.mp4");
        Assert.Equal(before, File.ReadAllBytes(video));
        Assert.Equal(["v.mp4"], Directory.GetFileSystemEntries(folder.Path).Select(f => Path.GetFileName(f)));
    }

    [SkippableFact]
    public void Alignments_that_cannot_be_written_are_told_before_the_work()
    {
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("disk"), "ro");
        CliRun run = CliRunner.Run("extract", "-i", assets.Frames, "-o", folder["faces"], "--alignments", disk["a.json"]);
        run.AssertRefused("read-only", "--alignments");
        Assert.Empty(Directory.GetFiles(folder["faces"], "*.png"));
        File.WriteAllText(folder["a.json"], "{}");
        folder.Folder("a.json.bak");
        CliRunner.Run("extract", "-i", assets.Frames, "-o", folder["faces"], "--alignments", folder["a.json"]).AssertRefused("a.json.bak", "a folder");
        Assert.Empty(Directory.GetFiles(folder["faces"], "*.png"));
    }

    [SkippableFact]
    public void A_landmark_model_that_is_named_and_not_there()
    {
        CliRunner.RunWith("FACESWAP_LANDMARKS", folder["nowhere.dat"], "extract", "-i", assets.Frames, "-o", folder["faces"]).AssertRefused("nowhere.dat", "FACESWAP_LANDMARKS");
        Skip.IfNot(OperatingSystem.IsLinux(), "pipes with names are Unix's");
        using (Process make = Process.Start("mkfifo", [folder["pipe.dat"]]))
            make.WaitForExit();
        CliRunner.RunWith("FACESWAP_LANDMARKS", folder["pipe.dat"], "extract", "-i", assets.Frames, "-o", folder["faces"]).AssertRefused("pipe.dat");
    }

    [Fact]
    public void A_swap_does_not_take_the_faces_of_another_video()
    {
        string work = folder.Folder("w");
        Assert.Equal(0, CliRunner.Run("extract", "-i", assets.Frames, "-o", Path.Combine(work, "faces_A"), "--alignments", Path.Combine(work, "faces_A_alignments.json")).ExitCode);
        CliRunner.Run("swap", assets.Video, assets.Video, "-o", folder["out.mp4"], "-w", work, "-it", "1").AssertRefused("another input", "--work-dir");
        using (OutputLock.OnFile(folder["out.mp4"], "converts to", "--output"))
            CliRunner.Run("swap", assets.Video, assets.Video, "-o", folder["out.mp4"], "-w", folder["w2"], "-it", "1").AssertRefused("Another process");
        Assert.False(Directory.Exists(folder["w2", "faces_A"]));
    }

    [Fact]
    public void A_model_that_is_not_there() => Convert_(assets.Video, folder["nowhere"]).AssertRefused("nowhere");

    [Fact]
    public void A_model_of_another_kind()
    {
        Convert_(assets.Video, assets.Model, "--trainer", "LowMem").AssertRefused("Light", "LowMem");
        CliRunner.Run("train", "-A", assets.Faces, "-B", assets.Faces, "-m", assets.CopyModel(folder["model"]), "-t", "Original", "-bs", "1", "-it", "2")
            .AssertRefused("Light", "Original");
    }

    [Fact]
    public void A_corrupt_checkpoint_is_refused_and_stays()
    {
        string model = assets.CopyModel(folder["model"]);
        string[] weights = Directory.GetFiles(model, "*.safetensors", SearchOption.AllDirectories);
        Assert.NotEmpty(weights);
        foreach (string file in weights)
            Flip(file);
        byte[][] before = [.. weights.Select(File.ReadAllBytes)];
        Convert_(assets.Video, model).AssertRefused("model");
        CliRunner.Run("train", "-A", assets.Faces, "-B", assets.Faces, "-m", model, "-bs", "1", "-it", "2").AssertRefused("model");
        Assert.Equal(before, weights.Select(File.ReadAllBytes));
    }

    [SkippableFact]
    public void A_full_disk_leaves_no_output()
    {
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("disk"), "size=4k");
        Convert_(assets.Video, assets.Model, disk["swapped.mp4"]).AssertRefused("space");
        Assert.False(File.Exists(disk["swapped.mp4"]));
        CliRunner.Run("extract", "-i", assets.Frames, "-o", disk["faces"], "--alignments", disk["alignments.json"]).AssertRefused("space");
        Assert.False(File.Exists(disk["alignments.json"]));
    }

    [SkippableFact]
    public void A_read_only_disk_is_said()
    {
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("disk"), "ro");
        Convert_(assets.Video, assets.Model, disk["swapped.mp4"]).AssertRefused("read-only");
        CliRunner.Run("extract", "-i", assets.Frames, "-o", disk["faces"]).AssertRefused("read-only");
        CliRunner.Run("train", "-A", assets.Faces, "-B", assets.Faces, "-m", disk["model"], "-t", "Light", "-bs", "1", "-it", "1").AssertRefused("read-only");
        CliRunner.Run("video-to-frames", "-i", assets.Video, "-o", disk["frames"]).AssertRefused("read-only");
        CliRunner.Run("frames-to-video", "-i", assets.Frames, "-o", disk["clip.mp4"]).AssertRefused("read-only");
    }

    [Fact]
    public void Swapping_what_is_not_there_leaves_no_output()
    {
        CliRunner.Run("swap", folder["a.mp4"], assets.Video, "-o", folder["out.mp4"]).AssertRefused("a.mp4");
        Assert.False(File.Exists(folder["out.mp4"]));
    }

    [Fact]
    public void An_interruption_is_one_sentence_and_exit_code_130()
    {
        Process process = CliRunner.Start("train", "-A", assets.Faces, "-B", assets.Faces, "-m", folder["model"], "-t", "Light", "-bs", "2");
        // The first progress line says that iterations have begun.
        string? line;
        do
        {
            line = process.StandardError.ReadLine();
        }
        while (line is not null && !line.Contains("iterations", StringComparison.Ordinal));
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString()]))
            kill.WaitForExit();
        CliRun run = CliRunner.Finish(process);
        Assert.Equal(130, run.ExitCode);
        Assert.Contains("saved", run.Output);
        Assert.NotEmpty(Directory.GetFiles(folder["model"], "*.safetensors", SearchOption.AllDirectories));
    }

    private CliRun Extract(string input)
    {
        CliRun run = CliRunner.Run("extract", "-i", input, "-o", folder["out"], "--alignments", folder["alignments.json"]);
        Assert.False(File.Exists(folder["alignments.json"]), "a failed extraction left an alignments file");
        return run;
    }

    private CliRun Train(string a, string b) => CliRunner.Run("train", "-A", a, "-B", b, "-m", folder["model"], "-t", "Light", "-bs", "1", "-it", "1");

    private CliRun Convert_(string input, string model, params string[] more)
    {
        string output = more is [string path] ? path : folder["swapped.mp4"];
        CliRun run = CliRunner.Run(["convert", "-i", input, "-o", output, "-m", model, .. more is [string] ? [] : more]);
        Assert.False(File.Exists(output), "a refused conversion left an output");
        return run;
    }

    private static void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(file, bytes);
    }
}
