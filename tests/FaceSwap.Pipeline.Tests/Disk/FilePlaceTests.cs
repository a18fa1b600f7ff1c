using System.Diagnostics;
using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Video;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Disk;

/// <summary>A file or folder is known under all its names, and no output is what it is made from.</summary>
public sealed partial class FilePlaceTests : IDisposable
{
    private readonly TempFolder folder = new("place");

    public void Dispose() => folder.Dispose();

    private string Frames()
    {
        string frames = folder.Folder("frames");
        foreach (string name in new[] { "frame0.png", "frame1.png" })
            File.Copy(Golden.Path("vision", name), Path.Combine(frames, name));
        return frames;
    }

    private string Link(string name, string target)
    {
        Directory.CreateSymbolicLink(folder[name], target);
        return folder[name];
    }

    private static Dictionary<string, byte[]> Content(string path) => Directory.GetFiles(path).ToDictionary(f => f, File.ReadAllBytes);

    [Fact]
    public void Names_of_one_thing_are_told_from_those_of_another()
    {
        string real = folder.Folder("real"), link = Link("link", real), file = folder.Write("real/a.mp4", "video");
        File.CreateSymbolicLink(folder["b.mp4"], file);
        Assert.True(FilePlace.Same(real, link));
        Assert.True(FilePlace.Same(real, real + "/./../real/"));
        Assert.True(FilePlace.Same(file, folder["b.mp4"]));
        Assert.True(FilePlace.Same(file, Path.Combine(link, "a.mp4")));
        // What is not there yet.
        Assert.True(FilePlace.Same(Path.Combine(real, "new", "x"), Path.Combine(link, "new", "x")));
        File.CreateSymbolicLink(folder["dangling"], Path.Combine(real, "later"));
        Assert.True(FilePlace.Same(folder["dangling"], Path.Combine(link, "later")));
        Assert.True(FilePlace.IsIn(Path.Combine(link, "c.png"), real));
        Assert.False(FilePlace.Same(real, folder.Path));
        Assert.False(FilePlace.Same(file, Path.Combine(real, "a.mkv")));
        File.CreateSymbolicLink(folder["loop"], folder["loop"]);
        Assert.False(FilePlace.Same(folder["loop"], real));
    }

    [SkippableFact]
    public void Hard_links_and_bind_mounts_are_names_too()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs inode numbers");
        string file = folder.Write("a.mp4", "video");
        Assert.Equal(0, link(file, folder["b.mp4"]));
        Assert.True(FilePlace.Same(file, folder["b.mp4"]));
        string real = folder.Folder("real"), bound = folder.Folder("bound");
        Skip.IfNot(Environment.IsPrivilegedProcess && Run("mount", "--bind", real, bound), "needs the right to mount");
        try
        {
            Assert.True(FilePlace.Same(real, bound));
            Assert.True(FilePlace.Same(Path.Combine(real, "new"), Path.Combine(bound, "new")));
        }
        finally
        {
            Run("umount", bound);
        }
    }

    [Fact]
    public void Crops_do_not_go_among_the_frames()
    {
        string frames = Frames(), link = Link("link", frames), blurry = folder.Folder("out");
        Link("out/blurry", frames);
        Dictionary<string, byte[]> before = Content(frames);
        void Refused(ExtractOptions options) => Assert.Contains("output", Assert.Throws<UserErrorException>(() => new ExtractWorkflow(options).Run()).Message);
        Refused(new ExtractOptions { Input = frames, OutputDirectory = link });
        Refused(new ExtractOptions { Input = link, OutputDirectory = frames });
        Refused(new ExtractOptions { Input = frames, OutputDirectory = blurry, BlurThreshold = 1 });
        Assert.Equal(before, Content(frames));
    }

    [Fact]
    public void Landmarks_are_not_drawn_onto_the_frames_themselves()
    {
        string frames = Frames(), link = Link("link", frames);
        Dictionary<string, byte[]> before = Content(frames);
        Assert.Throws<UserErrorException>(() => LandmarkDrawing.Run(new AlignmentsFile(), new LandmarkDrawingOptions { Input = frames, Output = link }, null, default));
        Assert.Equal(before, Content(frames));
    }

    [Fact]
    public void A_video_does_not_replace_the_file_that_its_sound_is_from()
    {
        string frames = Frames(), sound = folder.Write("sound.mkv", "sound");
        File.CreateSymbolicLink(folder["out.mkv"], sound);
        UserErrorException refused = Assert.Throws<UserErrorException>(() =>
            new FramesToVideoWorkflow(new FramesToVideoOptions { Input = frames, Output = folder["out.mkv"], AudioFrom = sound }).Run());
        Assert.Contains("under another name", refused.Message);
        Assert.Equal("sound", File.ReadAllText(sound));
    }

    [Fact]
    public void A_conversion_does_not_go_over_its_input_nor_one_of_several()
    {
        string frames = Frames(), link = Link("link", frames), video = folder.Write("videos/a.mp4", "video");
        ConvertOptions options = new() { Input = frames, Output = link, ModelDirectory = "" };
        Assert.Contains("input and output are the same", Assert.Throws<UserErrorException>(() => ConvertWorkflow.Check(options)).Message);
        Assert.Contains("input and output", Assert.Throws<UserErrorException>(() => ConvertWorkflow.Check(options with { Output = Path.Combine(link, "%04d.png") })).Message);
        Link("again", folder["videos"]);
        Assert.Contains("would overwrite the input", Assert.Throws<UserErrorException>(() => new ConvertInputs([video, frames], true).Into(folder["again"])).Message);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
