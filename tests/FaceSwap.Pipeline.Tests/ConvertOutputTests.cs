using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Where converted frames go, at which size, and what damaged inputs leave behind.</summary>
[Collection("engine")]
public sealed class ConvertOutputTests : ConvertTest
{
    private string Frames(int count)
    {
        string input = folder.Folder("in");
        for (int i = 1; i <= count; i++)
            File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, $"shot{i:D2}.png"));
        return input;
    }

    [Fact]
    public void Frames_go_to_a_folder_a_pattern_or_a_video_with_the_same_faces()
    {
        using LeakCheck leaks = new();
        ConvertOptions options = new() { Input = Frames(3), Output = folder["out"], ModelDirectory = ConvertClip.Model(folder) };
        Run(options);
        Run(options with { Output = folder["numbered", "%03d.png"] });
        Run(options with { Output = folder["film.mkv"], FrameRate = new Rational(10, 1), Crf = 0, Preset = "ultrafast" });
        Assert.Equal(["shot01.png", "shot02.png", "shot03.png"], Images("out"));
        Assert.Equal(["001.png", "002.png", "003.png"], Images("numbered"));
        Assert.Equal(File.ReadAllBytes(folder["out", "shot02.png"]), File.ReadAllBytes(folder["numbered", "002.png"]));
        Assert.True(File.Exists(folder["numbered", ".provenance.json"]));
        using VideoReader film = VideoReader.Open(folder["film.mkv"]);
        Assert.Equal((10, 0.3), (film.Info.FrameRate.Value, Math.Round(film.Info.Duration, 2)));
    }

    [Fact]
    public void What_images_do_not_say_of_a_video_is_told()
    {
        string video = TestClips.Write(folder["a.mp4"], 3, 64, 48, TestClips.Options() with { SampleAspect = new Rational(64, 45) });
        ConvertOptions options = new() { Input = video, Output = folder["out"], ModelDirectory = ConvertClip.Model(folder), Detect = true };
        Run(options);
        Assert.Single(warnings, w => w.Contains("--pixel-aspect 64:45", StringComparison.Ordinal));
        warnings.Clear();
        Run(options with { Output = folder["b.mp4"], Preset = "ultrafast" });
        Assert.DoesNotContain(warnings, w => w.Contains("images", StringComparison.Ordinal));
    }

    private IEnumerable<string> Images(string name) => Directory.GetFiles(folder[name], "*.png").Select(f => Path.GetFileName(f)).Order();

    [Theory]
    [InlineData(50)]
    [InlineData(130)]
    public void The_output_is_scaled_and_nothing_else(int percent)
    {
        string model = ConvertClip.Model(folder);
        ConvertOptions options = new() { Input = Frames(1), Output = folder["full"], ModelDirectory = model };
        Run(options);
        Run(options with { Output = folder["scaled"], OutputScale = percent });
        using PooledFrame full = ImageFile.Read(folder["full", "shot01.png"]), scaled = ImageFile.Read(folder["scaled", "shot01.png"]);
        Assert.Equal((Math.Round(full.Width * percent / 100.0), Math.Round(full.Height * percent / 100.0)), ((double)scaled.Width, (double)scaled.Height));
        using Frame back = FrameConversion.Scale(scaled, full.Width, full.Height);
        Assert.InRange(TestClips.Difference(full.Plane(0), back.Plane(0)), 0, 4);
        Run(options with { Input = ConvertClip.Write(folder, 3), Output = folder["film.mp4"], OutputScale = percent });
        using VideoReader film = VideoReader.Open(folder["film.mp4"]);
        Assert.Equal((0, 0), (film.Info.Width % 2, film.Info.Height % 2));
        Assert.InRange(Math.Abs(film.Info.Width - (full.Width * percent / 100.0)), 0, 1);
    }

    [Theory]
    [InlineData("scale", "1 to 1000")]
    [InlineData("same folder", "choose another output")]
    [InlineData("extension", "no image")]
    public void A_bad_output_is_one_sentence(string what, string words)
    {
        ConvertOptions options = new() { Input = Frames(1), Output = folder["out"], ModelDirectory = ConvertClip.Model(folder) };
        options = what switch
        {
            "scale" => options with { OutputScale = 0 },
            "same folder" => options with { Output = Path.Combine(options.Input, "shot%02d.png") },
            _ => options with { Output = folder["out", "%03d.doc"] },
        };
        byte[] before = File.ReadAllBytes(Path.Combine(options.Input, "shot01.png"));
        Assert.Contains(words, Assert.Throws<UserErrorException>(() => Run(options)).Message);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(options.Input, "shot01.png")));
    }

    // Every tenth byte position, roughly: a video cut there is converted as far as it goes, or refused in a sentence with nothing left behind.
    [Fact]
    public void A_truncated_video_is_converted_as_far_as_it_goes_or_refused()
    {
        using LeakCheck leaks = new();
        byte[] whole = File.ReadAllBytes(ConvertClip.Write(folder, 12));
        string model = ConvertClip.Model(folder), cut = folder["cut.mkv"], output = folder["out.mkv"];
        int converted = 0;
        foreach (double share in new[] { 0.0, 0.02, 0.3, 0.6, 0.9, 0.999 })
        {
            File.WriteAllBytes(cut, whole[..(int)(share * whole.Length)]);
            File.Delete(output);
            try
            {
                ConvertSummary summary = Run(new ConvertOptions { Input = cut, Output = output, ModelDirectory = model, Preset = "ultrafast" });
                Assert.InRange(summary.Frames, 1, 12);
                Assert.True(new FileInfo(output).Length > 0);
                converted++;
            }
            catch (UserErrorException e)
            {
                Assert.DoesNotContain("\n", e.Message);
                Assert.False(File.Exists(output));
            }
        }
        Assert.InRange(converted, 2, 5);
        Assert.NotEmpty(warnings);
        Assert.DoesNotContain(Directory.GetFiles(folder.Path), f => f.Contains("partial"));
    }

    [Theory]
    [InlineData("cap_000001.png")] // another video's
    [InlineData("shot_1_000001.png")] // of a video whose name begins so
    [InlineData("shot_00001.png")] // too short a number
    [InlineData("shot_000001.jpg")]
    [InlineData("shot01.png")] // a folder's
    [InlineData(null)]
    public void Alignments_without_a_frame_of_the_input_are_refused_before_anything_is_read(string? name)
    {
        string input = folder["shot.mkv"], output = folder.Write("out.mp4", "as it was");
        File.Move(ConvertClip.Write(folder, 2), input);
        AlignmentsFile other = new();
        if (name is not null)
            other.Set(name, []);
        other.Save(folder["other.json"]);
        ConvertOptions options = new() { Input = input, Output = output, ModelDirectory = folder["nowhere"], AlignmentsPath = folder["other.json"] };
        string[] words = name is null ? ["other.json' names no frame", "--detect"] : ["other.json' is of another input", name, "alignments rename", "--detect"];
        Complains(options, [input, name is null ? "" : "shot_000001.png", .. words]);
        string images = Frames(1);
        if (name != "shot01.png")
            Complains(options with { Input = images }, [images, name is null ? "" : "shot01.png", .. words]);
        Assert.Equal("as it was", File.ReadAllText(output));
    }

    [Fact]
    public void Alignments_without_a_frame_that_was_to_be_converted_leave_what_was_there()
    {
        string input = ConvertClip.Write(folder, 4), output = folder.Write("out.mp4", "as it was");
        AlignmentsFile file = new();
        file.Set("clip_000002.png", []);
        file.Save(folder["clip_alignments.json"]);
        ConvertOptions options = new() { Input = input, Output = output, ModelDirectory = ConvertClip.Model(folder), Ranges = FrameRanges.Parse(["3-4"]), SegmentFrames = 1 };
        Complains(options, ["none of the 2 frames", "clip.mkv", "clip_alignments.json", "--detect"]);
        Complains(options with { Ranges = FrameRanges.Parse(["9-max"]) }, ["none of the 4 frames", "ranges 9-max"]);
        Assert.Equal("as it was", File.ReadAllText(output));
        // Segments without a change are not worth going on with.
        Assert.All(warnings, static w => Assert.Contains("is re-coded as aac", w));
        Assert.False(Directory.Exists(folder[".out.mp4.partial"]));
        Run(options with { Ranges = FrameRanges.Parse(["2-4"]) });
        Assert.Contains(warnings, w => w.StartsWith("2 of 4 frames are not in the alignments", StringComparison.Ordinal));
    }

    private void Complains(ConvertOptions options, IEnumerable<string> words)
    {
        string message = Assert.Throws<UserErrorException>(() => Run(options)).Message;
        Assert.All(words, word => Assert.Contains(word, message));
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Alignments_of_another_input_change_nothing_and_are_told()
    {
        string input = Frames(2);
        AlignmentsFile other = new();
        Point2[] far = [.. Enumerable.Range(0, 68).Select(i => new Point2(5000 + (40 * Math.Cos(i)), 4000 + (40 * Math.Sin(i * 1.7))))];
        other.Set("shot01.png", [new FaceRecord(new RectI(4900, 3900, 200, 200), far), new FaceRecord(new RectI(0, 0, 0, 0), new Point2[68])]);
        other.Set("elsewhere.png", []);
        other.Save(folder["other.json"]);
        foreach (ConverterKind kind in new[] { ConverterKind.Masked, ConverterKind.Adjust })
        {
            ConvertSummary summary = Run(new ConvertOptions
            {
                Input = input,
                Output = folder["out"],
                ModelDirectory = ConvertClip.Model(folder),
                AlignmentsPath = folder["other.json"],
                Blend = new BlendOptions { Converter = kind },
            });
            Assert.Equal((2, 0), (summary.Frames, summary.FacesConverted));
            Assert.Contains(warnings, w => w.StartsWith("1 of 2 frames are not in the alignments", StringComparison.Ordinal));
            Assert.Contains(warnings, w => w.StartsWith("2 faces have landmarks", StringComparison.Ordinal));
            Directory.Delete(folder["model"], recursive: true);
        }
        Assert.Equal(File.ReadAllBytes(folder["out", "shot01.png"]), File.ReadAllBytes(folder["out", "shot02.png"]));
    }
}
