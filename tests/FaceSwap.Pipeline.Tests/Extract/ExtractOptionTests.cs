using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Extract;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Each option changes what it should and nothing else: what is left is compared, to the byte, with an extraction without options.</summary>
[Collection("engine")]
public sealed class ExtractOptionTests : IDisposable
{
    private readonly LeakCheck leaks = new();
    private readonly ExtractRig rig = new();

    public void Dispose()
    {
        rig.Dispose();
        leaks.Dispose();
    }

    [Fact]
    public void Rotation_finds_turned_faces_and_leaves_upright_ones_alone()
    {
        using (PooledFrame upright = ExtractRig.GoldenFrame(0))
        using (PooledFrame turned = new FrameRotation(upright.Width, upright.Height, 270).Turn(upright))
            ImageFile.Write(Path.Combine(rig.Input, "turned.png"), turned);
        Extraction plain = rig.Plain(), rotated = Extraction.Run(rig.Options() with { RotationAngles = RotationAngles.Parse("90,180") });
        Assert.Empty(plain.Alignments.Find("turned.png")!);
        Assert.Equal(plain.Files.Keys.Append("turned_0.png"), rotated.Files.Keys);
        foreach ((string name, byte[] bytes) in plain.Files)
            Assert.Equal(bytes, rotated.Files[name]);
        FaceRecord upright0 = rotated.Alignments.Find("frame0.png")![0], found = rotated.Alignments.Find("turned.png")![0];
        Assert.Equal((0, 90), (upright0.Rotation, found.Rotation));
        // Turned back by 90 degrees the frame is as the upright one but for a pixel at the edge: so are the coordinates stored.
        Point2[] expected = upright0.Landmarks(), landmarks = found.Landmarks();
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i].X - landmarks[i].X) <= 3 && Math.Abs(expected[i].Y - landmarks[i].Y) <= 3, $"landmark {i}: {landmarks[i]}, not {expected[i]}");
        Assert.InRange(MeanDifference(rotated.Files["frame0_0.png"], rotated.Files["turned_0.png"]), 0, 6);
    }

    [Theory]
    [InlineData("on", 90, 180, 270)]
    [InlineData("ON", 90, 180, 270)]
    [InlineData("90", 90, 180, 270)]
    [InlineData("120", 120, 240)]
    [InlineData("200", 200)]
    [InlineData("300,45", 300, 45)]
    [InlineData("45 315", 45, 315)]
    public void Angles_are_read_as_the_classic_tool_reads_them(string text, params int[] angles) => Assert.Equal(angles, RotationAngles.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("off")]
    [InlineData("0")]
    [InlineData("360")]
    [InlineData("-90")]
    [InlineData("45,x")]
    [InlineData("1.5")]
    public void Other_angles_are_refused_by_one_sentence(string text) =>
        Assert.Contains("--rotate-images", Assert.Throws<UserErrorException>(() => RotationAngles.Parse(text)).Message);

    [Fact]
    public void Eye_alignment_turns_the_crops_and_not_the_alignments()
    {
        Extraction plain = rig.Plain(), level = Extraction.Run(rig.Options() with { AlignEyes = true });
        Assert.Equal(plain.Text, level.Text);
        Assert.Equal(plain.Files.Keys, level.Files.Keys);
        byte[] golden = File.ReadAllBytes(Golden.Path("vision", "frame1_extract_eyes.png"));
        Assert.InRange(MeanDifference(level.Files["frame1_0.png"], golden), 0, 0.25);
        Assert.True(MeanDifference(plain.Files["frame1_0.png"], golden) > 0.5, "the golden crop is not turned");
    }

    [Fact]
    public void Blurred_faces_go_to_their_folder_and_stay_in_the_alignments()
    {
        Extraction plain = rig.Plain();
        double[] focus = [.. new[] { 0, 1 }.Select(i => Focus(i, plain))];
        Assert.NotEqual(focus[0], focus[1]);
        (string sharp, string blurry) = focus[0] > focus[1] ? ("frame0_0.png", "frame1_0.png") : ("frame1_0.png", "frame0_0.png");
        ExtractOptions options = rig.Options() with { BlurThreshold = focus.Average() };
        Extraction sorted = Extraction.Run(options);
        Assert.Equal(plain.Text, sorted.Text);
        Assert.Equal(1, sorted.Summary.Blurry);
        string inFolder = Path.Combine(ExtractWorkflow.BlurryFolder, blurry);
        Assert.Equal(new[] { inFolder, sharp }.Order(StringComparer.Ordinal), sorted.Files.Keys);
        Assert.Equal(plain.Files[sharp], sorted.Files[sharp]);
        Assert.Equal(plain.Files[blurry], sorted.Files[inFolder]);
        // With another threshold into the same folder, the face moves rather than being in both.
        Assert.Equal(plain.Files.Keys, Extraction.Run(options with { BlurThreshold = focus.Min() }).Files.Keys);
    }

    [Fact]
    public void Landmarks_are_drawn_where_they_are()
    {
        Extraction plain = rig.Plain(), drawn = Extraction.Run(rig.Options() with { DebugLandmarks = true });
        Assert.Equal(plain.Text, drawn.Text);
        Assert.Equal(plain.Files.Keys, drawn.Files.Keys);
        Point2[] landmarks = drawn.Alignments.Find("frame0.png")![0].Landmarks();
        Affine map = FaceAlignment.ForExtraction(landmarks);
        Point2[] dots = Array.ConvertAll(landmarks, map.Apply);
        using PooledFrame before = ImageFile.Decode(plain.Files["frame0_0.png"]), after = ImageFile.Decode(drawn.Files["frame0_0.png"]);
        int changed = 0;
        for (int y = 0; y < after.Height; y++)
        {
            for (int x = 0; x < after.Width; x++)
            {
                ReadOnlySpan<byte> a = before.Plane(0).RowSpan(y).Slice(3 * x, 3), b = after.Plane(0).RowSpan(y).Slice(3 * x, 3);
                if (a.SequenceEqual(b))
                    continue;
                changed++;
                Assert.True(b.SequenceEqual<byte>([0, 0, 255]));
                Assert.Contains(dots, d => Math.Abs(d.X - x) <= LandmarkDots.Radius + 1 && Math.Abs(d.Y - y) <= LandmarkDots.Radius + 1);
            }
        }
        Assert.True(changed > FaceRecord.LandmarkCount * 5, $"only {changed} pixels are drawn");
    }

    [Fact]
    public void Small_faces_are_left_out()
    {
        using (PooledFrame small = ExtractRig.GoldenFrame(0))
        using (FaceSwap.Media.Drawing.Canvas large = new(small.Width * 2, small.Height * 2, default))
        {
            large.DrawImage(small, large.Bounds);
            ImageFile.Write(Path.Combine(rig.Input, "large.png"), large.Frame);
        }
        Extraction plain = rig.Plain();
        RectI box = plain.Alignments.Find("large.png")![0].Rect;
        int size = Math.Min(box.Width, box.Height);
        Extraction only = Extraction.Run(rig.Options() with { MinSize = size });
        Assert.Equal((1, 2, 3, 2), (only.Summary.Faces, only.Summary.LeftOut, only.Summary.Frames, only.Summary.FramesWithoutFace));
        Assert.Equal(["large_0.png"], only.Files.Keys);
        Assert.Equal(plain.Files["large_0.png"], only.Files["large_0.png"]);
        Assert.Empty(only.Alignments.Find("frame0.png")!);
        Assert.Contains("--min-size", Assert.Throws<UserErrorException>(() => Extraction.Run(rig.Options() with { MinSize = size + 1 })).Message);
    }

    [Fact]
    public void The_surest_faces_of_a_frame_are_taken_first()
    {
        using (PooledFrame first = ExtractRig.GoldenFrame(0), second = ExtractRig.GoldenFrame(1))
            rig.AddSideBySide("two.png", first, second);
        Extraction plain = rig.Plain(), one = Extraction.Run(rig.Options() with { MaxFaces = 1 });
        Assert.Equal(2, plain.Alignments.Find("two.png")!.Count);
        Assert.Equal(plain.Alignments.Find("two.png")![0].Landmarks(), Assert.Single(one.Alignments.Find("two.png")!).Landmarks());
        Assert.Equal(1, one.Summary.LeftOut);
        Assert.Equal(plain.Files.Keys.Where(name => name != "two_1.png"), one.Files.Keys);
        foreach ((string name, byte[] bytes) in one.Files)
            Assert.Equal(plain.Files[name], bytes);
    }

    [Fact]
    public void Every_second_frame_alone_is_searched()
    {
        Extraction plain = rig.Plain(), half = Extraction.Run(rig.Options() with { EveryNth = 2 });
        Assert.Equal(["frame0.png"], half.Alignments.FrameNames);
        Assert.Equal(plain.Files["frame0_0.png"], Assert.Single(half.Files).Value);
    }

    [Fact]
    public void Frames_without_a_face_are_searched_again_when_faces_are_kept()
    {
        Extraction plain = rig.Plain();
        FaceRecord mended = new(new RectI(1, 2, 3, 4), plain.Alignments.Find("frame1.png")![0].Landmarks(), 7);
        AlignmentsFile before = new();
        before.Set("frame0.png", []);
        before.Set("frame1.png", [mended]);
        ExtractOptions options = rig.Options() with { SkipExistingFaces = true };
        before.Save(options.AlignmentsPath!);
        Extraction again = Extraction.Run(options);
        Assert.Equal((1, 1, 1), (again.Summary.Frames, again.Summary.Faces, again.Summary.FramesSkipped));
        Assert.Equal(plain.Files["frame0_0.png"], Assert.Single(again.Files).Value);
        Assert.Equal(plain.Alignments.Find("frame0.png")![0].Landmarks(), again.Alignments.Find("frame0.png")![0].Landmarks());
        FaceRecord kept = Assert.Single(again.Alignments.Find("frame1.png")!);
        Assert.Equal((mended.Rect, 7), (kept.Rect, kept.Rotation));
        Assert.False(File.Exists(options.AlignmentsPath + ".bak"));
    }

    [Fact]
    public void Alignments_that_are_replaced_stay_beside()
    {
        ExtractOptions options = rig.Options();
        File.WriteAllText(options.AlignmentsPath!, "mended by hand");
        Extraction.Run(options);
        Assert.Equal("mended by hand", File.ReadAllText(options.AlignmentsPath + ".bak"));
    }

    [Fact]
    public void The_serializer_changes_the_file_alone()
    {
        ExtractOptions options = rig.Options() with { AlignmentsPath = null };
        Extraction json = Extraction.Run(options), yaml = Extraction.Run(options with { Serializer = AlignmentsSerializer.Yaml });
        Assert.Equal("alignments.json", Path.GetFileName(json.Summary.AlignmentsPath));
        Assert.Equal("alignments.yml", Path.GetFileName(yaml.Summary.AlignmentsPath));
        Assert.Equal(json.Text, yaml.Text);
        Assert.Equal(json.Files, yaml.Files);
        Assert.Contains("disagree", Assert.Throws<UserErrorException>(() => Extraction.Run(rig.Options() with { Serializer = AlignmentsSerializer.Yaml })).Message);
        // A run that goes on does so in the file that there is.
        File.Delete(json.Summary.AlignmentsPath);
        Assert.Equal(yaml.Summary.AlignmentsPath, Extraction.Run(options with { SkipExisting = true }).Summary.AlignmentsPath);
    }

    private double Focus(int frame, Extraction plain)
    {
        Point2[] landmarks = plain.Alignments.Find($"frame{frame}.png")![0].Landmarks();
        using PooledFrame crop = ImageFile.Decode(plain.Files[$"frame{frame}_0.png"]);
        return FocusMeasure.Of(crop, landmarks, FaceAlignment.ForExtraction(landmarks));
    }

    private static double MeanDifference(byte[] first, byte[] second)
    {
        using PooledFrame a = ImageFile.Decode(first), b = ImageFile.Decode(second);
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        long sum = 0;
        for (int y = 0; y < a.Height; y++)
        {
            Span<byte> left = a.Plane(0).RowSpan(y), right = b.Plane(0).RowSpan(y);
            for (int x = 0; x < left.Length; x++)
                sum += Math.Abs(left[x] - right[x]);
        }
        return sum / (3.0 * a.Width * a.Height);
    }
}
