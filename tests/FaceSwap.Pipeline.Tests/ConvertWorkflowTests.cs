using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

[Collection("engine")]
public sealed class ConvertWorkflowTests : ConvertTest
{
    [Fact]
    public void A_video_keeps_times_and_sound_and_is_marked_as_altered()
    {
        using LeakCheck leaks = new();
        string input = ConvertClip.Write(folder, 12), output = folder["out.mkv"];
        ConvertSummary summary = Run(new ConvertOptions { Input = input, Output = output, ModelDirectory = ConvertClip.Model(folder), BatchSize = 5 });
        Assert.Equal((12, 12, 0), (summary.Frames, summary.FacesConverted, summary.FramesWithoutFace));
        using (VideoReader before = VideoReader.Open(input), after = VideoReader.Open(output))
        {
            for (int i = 0; i < 12; i++)
            {
                using Frame a = before.Read()!, b = after.Read()!;
                Assert.Equal(a.Pts * before.Info.TimeBase.Value, b.Pts * after.Info.TimeBase.Value, 3);
                Assert.True(TestClips.Difference(a.Plane(0), b.Plane(0)) > 0.5, "the face did not change");
            }
        }
        Assert.NotEmpty(Sound(input));
        Assert.Equal(Sound(input), Sound(output));
        Assert.Contains("face-swap", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(output)));
        using JsonDocument record = JsonDocument.Parse(File.ReadAllText(folder["out.provenance.json"]));
        Assert.Equal(12, record.RootElement.GetProperty("facesReplaced").GetInt64());
        Assert.Equal(TinyModel.Name, record.RootElement.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal(System.Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(output))),
            record.RootElement.GetProperty("output").GetProperty("sha256").GetString());
    }

    [Fact]
    public void Pixels_of_a_png_outside_the_mask_are_untouched()
    {
        string input = folder.Folder("in");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "frame0.png"));
        Run(new ConvertOptions { Input = input, Output = folder["out"], ModelDirectory = ConvertClip.Model(folder) });
        using PooledFrame before = ImageFile.Read(Path.Combine(input, "frame0.png")), after = ImageFile.Read(folder["out", "frame0.png"]);
        using PooledFrame mask = ImageFile.Read(Golden.Path("vision", "frame0_mask_default_x255.png"));
        int inside = 0, outside = 0;
        for (int y = 0; y < before.Height; y++)
        {
            Span<byte> a = before.Plane(0).RowSpan(y), b = after.Plane(0).RowSpan(y);
            for (int x = 0; x < a.Length; x++)
            {
                if (a[x] != b[x])
                    (inside, outside) = NearMask(mask.Plane(0), x / 3, y) ? (inside + 1, outside) : (inside, outside + 1);
            }
        }
        Assert.Equal(0, outside);
        Assert.True(inside > 5000, $"only {inside} samples changed");
        Assert.True(File.Exists(folder["out", ".provenance.json"]));
    }

    // The golden mask is truncated to whole numbers: a weight below 1/255 may still round a sample, next to the mask and nowhere else.
    private static bool NearMask(PlaneView mask, int x, int y)
    {
        for (int row = Math.Max(0, y - 1); row <= Math.Min(mask.Height - 1, y + 1); row++)
        {
            for (int column = Math.Max(0, x - 1); column <= Math.Min(mask.Width - 1, x + 1); column++)
            {
                if (mask.RowSpan(row)[3 * column] != 0)
                    return true;
            }
        }
        return false;
    }

    private static List<string> Sound(string path)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        return [.. probe.Packets().Where(p => probe.Streams[p.Stream].Kind == MediaStreamKind.Audio).Select(p => p.Sha256)];
    }

    [Fact]
    public void Swapping_the_model_uses_the_other_decoder()
    {
        string input = folder.Folder("in"), model = ConvertClip.Model(folder);
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "frame0.png"));
        ConvertOptions options = new() { Input = input, Output = folder["b"], ModelDirectory = model };
        Run(options);
        Run(options with { Output = folder["a"], SwapModel = true });
        Assert.NotEqual(File.ReadAllBytes(folder["a", "frame0.png"]), File.ReadAllBytes(folder["b", "frame0.png"]));
    }

    [Fact]
    public void Frames_missing_from_the_alignments_are_told()
    {
        string input = folder.Folder("in");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "frame0.png"));
        File.Copy(Golden.Path("vision", "frame1.png"), Path.Combine(input, "frame1.png"));
        Alignments.AlignmentsFile partial = new();
        partial.Set("frame0.png", []);
        partial.Save(Path.Combine(input, "alignments.json"));
        ConvertOptions options = new() { Input = input, Output = folder["out"], ModelDirectory = ConvertClip.Model(folder) };
        Assert.Equal(0, Run(options).FacesConverted);
        Assert.StartsWith("1 of 2 frames are not in the alignments file", Assert.Single(warnings));
        Assert.Equal(2, Run(options with { Detect = true }).FacesConverted);
    }

    [Fact]
    public void A_stretch_is_converted_alone()
    {
        string input = ConvertClip.Write(folder, 25);
        ConvertSummary summary = Run(new ConvertOptions
        {
            Input = input,
            Output = folder["out.mp4"],
            ModelDirectory = ConvertClip.Model(folder),
            StartSeconds = 0.4,
            DurationSeconds = 0.2,
            Provenance = false,
        });
        Assert.Equal(5, summary.Frames);
        Assert.False(File.Exists(folder["out.provenance.json"]));
    }

    public static TheoryData<string> Ways => [.. BlendWays.Keys];

    private static readonly Dictionary<string, BlendOptions> BlendWays = new()
    {
        ["sharpen"] = new BlendOptions { Sharpen = Sharpening.Gaussian },
        ["seamless"] = new BlendOptions { SeamlessClone = true },
        ["reinhard"] = new BlendOptions { Color = ColorAdjust.Reinhard },
        ["mask"] = new BlendOptions { Mask = MaskType.FaceHull, BlurSize = 9, ErosionSize = -7 },
        ["adjust"] = new BlendOptions { Converter = ConverterKind.Adjust },
    };

    // The reference backend has a compositor: what that does not have must reach the processor's converters, and show.
    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_way_to_put_a_face_back_shows_in_the_output(string way)
    {
        string input = folder.Folder("in"), model = ConvertClip.Model(folder);
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "frame0.png"));
        Run(new ConvertOptions { Input = input, Output = folder["plain"], ModelDirectory = model });
        Run(new ConvertOptions { Input = input, Output = folder["out"], ModelDirectory = model, Blend = BlendWays[way] });
        using PooledFrame before = ImageFile.Read(folder["in", "frame0.png"]), plain = ImageFile.Read(folder["plain", "frame0.png"]),
            after = ImageFile.Read(folder["out", "frame0.png"]);
        Assert.True(TestClips.Difference(plain.Plane(0), after.Plane(0)) > 0.02, "the option changed nothing");
        // The face's surroundings in this picture; all else is as it was.
        RectI around = new(130, 95, 160, 180);
        for (int y = 0; y < before.Height; y++)
        {
            Span<byte> a = before.Plane(0).RowSpan(y), b = after.Plane(0).RowSpan(y);
            for (int x = 0; x < before.Width; x++)
            {
                bool inside = x >= around.X && x < around.Right && y >= around.Y && y < around.Bottom;
                Assert.True(inside || a.Slice(3 * x, 3).SequenceEqual(b.Slice(3 * x, 3)), $"({x}, {y}) changed");
            }
        }
        using JsonDocument record = JsonDocument.Parse(File.ReadAllText(folder["out", ".provenance.json"]));
        Assert.Equal(way == "adjust" ? "Adjust" : "Masked", record.RootElement.GetProperty("settings").GetProperty("converter").GetString());
    }

    [Fact]
    public void Wrong_input_is_one_sentence_and_leaves_no_output()
    {
        string model = ConvertClip.Model(folder), input = ConvertClip.Write(folder, 2);
        void Fails(ConvertOptions options, string part)
        {
            UserErrorException error = Assert.Throws<UserErrorException>(() => Run(options));
            Assert.Contains(part, error.Message);
            Assert.DoesNotContain("\n", error.Message);
        }
        ConvertOptions good = new() { Input = input, Output = folder["out.mp4"], ModelDirectory = model };
        Fails(good with { Input = folder["missing.mp4"] }, "missing.mp4");
        Fails(good with { ModelDirectory = folder["nothing"] }, "nothing");
        Fails(good with { Trainer = "Original" }, "Original");
        Fails(good with { Blend = new BlendOptions { BlurSize = 999 } }, "blur size");
        Fails(good with { Output = input }, "choose another output");
        Fails(good with { AlignmentsPath = folder["none.json"] }, "none.json");
        File.WriteAllBytes(folder["empty.mp4"], []);
        Fails(good with { Input = folder["empty.mp4"] }, "empty.mp4");
        Assert.False(File.Exists(folder["out.mp4"]));
        Assert.DoesNotContain(Directory.GetFiles(folder.Path), f => f.Contains("partial"));
    }
}
