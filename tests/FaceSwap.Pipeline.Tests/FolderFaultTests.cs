using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Pipeline.Video;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Folders of images with damaged images, with leftovers, with names that are not UTF-8.</summary>
[Collection("engine")]
public sealed class FolderFaultTests : ConvertTest
{
    [Fact]
    public void A_bad_image_is_passed_over_by_extract_and_convert_and_moves_no_number()
    {
        string input = folder.Folder("in");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "1.png"));
        File.WriteAllText(Path.Combine(input, "2.png"), "");
        File.Copy(Golden.Path("vision", "frame1.png"), Path.Combine(input, "3.png"));
        new ExtractWorkflow(new ExtractOptions { Input = input, OutputDirectory = folder["faces"] }, warnings.Add).Run();
        Assert.Equal(["1_0.png", "3_0.png"], Names("faces"));
        Assert.Contains("2.png", Assert.Single(warnings));
        warnings.Clear();
        Run(new ConvertOptions { Input = input, Output = folder["out", "%03d.png"], ModelDirectory = ConvertClip.Model(folder), SegmentFrames = 1 });
        Assert.Equal(["001.png", "003.png"], Names("out"));
        Assert.Contains("2.png", Assert.Single(warnings));
    }

    [Fact]
    public void Frames_of_a_longer_video_are_counted()
    {
        string clip = ConvertClip.Write(folder, 3), frames = folder.Folder("frames");
        foreach (string name in new[] { "0002.jpg", "0004.jpg", "0005.jpg" })
            File.WriteAllText(Path.Combine(frames, name), "");
        VideoToFramesSummary done = new VideoToFramesWorkflow(new VideoToFramesOptions { Input = clip, OutputDirectory = frames }).Run();
        Assert.Contains("2 images that are not of this run (such as '0004.jpg')", Assert.Single(done.Warnings));
    }

    [Fact]
    public void A_second_extraction_counts_the_faces_that_are_not_its_own()
    {
        string input = folder.Folder("in");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "1.png"));
        ExtractOptions options = new() { Input = input, OutputDirectory = folder["faces"] };
        new ExtractWorkflow(options, warnings.Add).Run();
        new ExtractWorkflow(options, warnings.Add).Run();
        new ExtractWorkflow(options with { SkipExisting = true }, warnings.Add).Run();
        Assert.Empty(warnings);
        File.Copy(folder["faces", "1_0.png"], folder["faces", "7_0.png"]);
        new ExtractWorkflow(options, warnings.Add).Run();
        Assert.Contains("1 image that is not of this run (such as '7_0.png')", Assert.Single(warnings));
    }

    [Fact]
    public void Faces_of_another_input_of_the_same_name_are_not_replaced_without_a_word()
    {
        foreach (string name in new[] { "p", "q" })
            File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(folder.Folder(name), "1.png"));
        new ExtractWorkflow(new ExtractOptions { Input = folder["p"], OutputDirectory = folder["faces"] }, warnings.Add).Run();
        Assert.Empty(warnings);
        new ExtractWorkflow(new ExtractOptions { Input = folder["q"], OutputDirectory = folder["faces"] }, warnings.Add).Run();
        Assert.Contains("were replaced by faces of the same names", Assert.Single(warnings));
    }

    [Fact]
    public void A_frame_larger_than_the_budget_passes_alone()
    {
        FrameBudget budget = new(100, atOnce: 1);
        long large = budget.Charge(1000);
        budget.Take(large, default);
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(200));
        Assert.Throws<OperationCanceledException>(() => budget.Take(budget.Charge(10), stop.Token));
        budget.Return(large);
        budget.Take(budget.Charge(10), default);
        Assert.Equal(100, budget.Peak);
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_told_and_the_others_are_taken()
    {
        if (!OperatingSystem.IsLinux())
            return; // other systems refuse such names
        string input = folder.Folder("in");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "1.png"));
        // A shell writes the byte that no string here can hold, and takes it away again.
        Shell($"cp '{input}/1.png' \"$(printf '{input}/k\\351.png')\"");
        Assert.Equal(2, Directory.GetFiles(input).Length);
        new ExtractWorkflow(new ExtractOptions { Input = input, OutputDirectory = folder["faces"] }, warnings.Add).Run();
        Assert.Contains("not UTF-8", Assert.Single(warnings));
        Run(new ConvertOptions { Input = input, Output = folder["out"], ModelDirectory = ConvertClip.Model(folder) });
        Assert.Contains("not UTF-8", warnings[^1]);
        FramesToVideoSummary video = new FramesToVideoWorkflow(new FramesToVideoOptions { Input = input, Output = folder["out.mp4"] }).Run();
        Assert.Contains("not UTF-8", Assert.Single(video.Warnings));
        Shell($"rm '{input}'/k*");
        Assert.Contains("UTF-8", Assert.Throws<UserErrorException>(() => FileNames.RequireUtf8(folder["k\uFFFD.png"])).Message);
    }

    private static void Shell(string script)
    {
        using System.Diagnostics.Process shell = System.Diagnostics.Process.Start("sh", ["-c", script]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private IEnumerable<string?> Names(string name) => Directory.GetFiles(folder[name]).Select(Path.GetFileName).Where(n => !n!.StartsWith('.')).Order(StringComparer.Ordinal);
}
