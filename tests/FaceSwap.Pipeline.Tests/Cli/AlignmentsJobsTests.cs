using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>The jobs of <c>faceswap alignments</c> change what they should and nothing else, keep what they replace, and only talk under <c>--dry-run</c>.</summary>
public sealed class AlignmentsJobsTests : IDisposable
{
    private readonly TempFolder folder = new("jobs");

    public void Dispose() => folder.Dispose();

    private static FaceRecord Face(int x, int rotation = 0, int shift = 0) => new(new RectI(x, 20, 100, 100),
        [.. Enumerable.Range(0, FaceRecord.LandmarkCount).Select(i => new Point2(x + (i % 10 * 8) + shift, 30 + (i / 10 * 12)))], rotation);

    private string Save(string name, params (string Frame, FaceRecord[] Faces)[] frames)
    {
        AlignmentsFile file = new();
        foreach ((string frame, FaceRecord[] faces) in frames)
            file.Set(frame, faces);
        file.Save(folder[name]);
        return folder[name];
    }

    private static CliRun Alignments(params string[] arguments) => CliRunner.Run(["alignments", .. arguments]);

    // Frames and the left edges of their faces, in the file's order.
    private static string Content(string path)
    {
        AlignmentsFile file = AlignmentsFile.Load(path);
        return string.Join("; ", file.FrameNames.Select(n => $"{n}: {string.Join(' ', file.Find(n)!.Select(f => f.Rect.X))}"));
    }

    private string[] Files(string name) => [.. Directory.EnumerateFiles(folder[name]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Check_tells_what_is_missing_extra_several_and_without()
    {
        foreach (string name in (ReadOnlySpan<string>)["1.png", "2.png", "3.png", "10.png"])
            folder.Write($"in/{name}", "");
        string path = Save("a.json", ("1.png", [Face(1)]), ("2.png", [Face(1), Face(200)]), ("3.png", []), ("old.png", [Face(1)]));
        byte[] before = File.ReadAllBytes(path);
        CliRun run = Alignments("check", "-i", folder["in"], "--alignments", path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("1 frames missing from the alignments\n  10.png\n1 extra entries, of which there is no frame\n  old.png\n1 frames with several faces\n  2.png\n1 frames without a face\n  3.png\n",
            run.Output.ReplaceLineEndings("\n"));
        Assert.Equal(before, File.ReadAllBytes(path));
        Save(Path.Combine("in", "alignments.json"), ("1.png", []), ("2.png", []), ("3.png", []), ("10.png", []));
        Assert.Equal(0, Alignments("check", "-i", folder["in"]).ExitCode);
    }

    [Fact]
    public void Deleted_faces_of_both_name_forms_are_removed_and_the_others_renumbered()
    {
        string path = Save("a.json", ("a.jpg", [Face(1), Face(200), Face(400)]), ("b.jpg", [Face(1), Face(300)]), ("c.jpg", [Face(7)]), ("d.jpg", []));
        foreach (string crop in (ReadOnlySpan<string>)["a_1.png", "a_2.png", "b0.jpg", "note.txt"])
            folder.Write($"faces/{crop}", crop);
        string[] files = Files("faces");
        byte[] before = File.ReadAllBytes(path);

        CliRun run = Alignments("remove-faces", "--alignments", path, "-a", folder["faces"], "--dry-run");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("3 faces to remove", run.Output);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(files, Files("faces"));

        Assert.Equal(0, Alignments("remove-faces", "--alignments", path, "-a", folder["faces"]).ExitCode);
        Assert.Equal("a.jpg: 200 400; b.jpg: 1; c.jpg: ; d.jpg: ", Content(path));
        Assert.Equal(before, File.ReadAllBytes(path + ".bak"));
        Assert.Equal(["a_0.png", "a_1.png", "b0.jpg", "note.txt"], Files("faces"));
        Assert.Equal("a_1.png", File.ReadAllText(folder["faces", "a_0.png"]));

        byte[] after = File.ReadAllBytes(path);
        Assert.Contains("nothing to change", Alignments("remove-faces", "--alignments", path, "-a", folder["faces"]).Output);
        Assert.Equal(after, File.ReadAllBytes(path));
    }

    [Fact]
    public void Entries_follow_renamed_frames_in_order_or_by_text()
    {
        string path = Save("a.json", ("f10.jpg", [Face(10)]), ("f9.jpg", [Face(9), Face(90)]));
        byte[] before = File.ReadAllBytes(path);
        foreach (string name in (ReadOnlySpan<string>)["x1.png", "x2.png"])
            folder.Write($"in/{name}", "");
        Assert.Contains("f9.jpg -> x1.png", Alignments("rename", "--alignments", path, "-i", folder["in"], "--dry-run").Output);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(0, Alignments("rename", "--alignments", path, "-i", folder["in"], "-o", folder["new.yml"]).ExitCode);
        Assert.Equal("x1.png: 9 90; x2.png: 10", Content(folder["new.yml"]));
        Assert.Equal(before, File.ReadAllBytes(path));

        Assert.Equal(0, Alignments("rename", "--alignments", path, "--find", ".jpg", "--replace", ".png").ExitCode);
        Assert.Equal("f10.png: 10; f9.png: 9 90", Content(path));
        Assert.Equal(before, File.ReadAllBytes(path + ".bak"));
    }

    [Fact]
    public void Merged_files_have_each_face_once()
    {
        string first = Save("1.json", ("2.png", [Face(0), Face(300)]), ("10.png", []));
        string second = Save("2.yml", ("2.png", [Face(10), Face(250), Face(320, 90)]), ("1.png", [Face(5), Face(6)]), ("10.png", [Face(8)]));
        Assert.Equal(0, Alignments("merge", first, second, "-o", folder["dry.json"], "--dry-run").ExitCode);
        Assert.False(File.Exists(folder["dry.json"]));
        CliRun run = Alignments("merge", first, second, "-o", folder["all.json"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 faces left out", run.Output);
        Assert.Equal("1.png: 5 6; 2.png: 0 300 250 320; 10.png: 8", Content(folder["all.json"]));
        Alignments("merge", first, second, "-o", folder["all.json"], "--overlap", "0.3");
        Assert.Equal("1.png: 5 6; 2.png: 0 300 320; 10.png: 8", Content(folder["all.json"]));
    }

    [Fact]
    public void Landmarks_are_drawn_where_they_are_and_nowhere_else()
    {
        string source = Golden.Path("vision", "frame0.png");
        foreach (string name in (ReadOnlySpan<string>)["1.png", "2.png", "3.png"])
            File.Copy(source, Path.Combine(folder.Folder("in"), name));
        byte[] before = File.ReadAllBytes(source);
        Point2[] turned = Face(40).Landmarks();
        using PooledFrame plain = ImageFile.Read(source);
        Point2[] upright = new Point2[turned.Length];
        new FrameRotation(plain.Width, plain.Height, 90).CarryBack(turned, upright);
        string path = Save("a.json", ("1.png", [Face(40)]), ("2.png", [Face(40, 90)]));
        CliRun run = Alignments("draw", "-i", folder["in"], "--alignments", path, "-o", folder["out"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("3 frames with 2 faces drawn\n1 frames are not in the alignments", run.Output.ReplaceLineEndings("\n"));
        AssertDots(plain, "1.png", turned);
        AssertDots(plain, "2.png", upright);
        AssertDots(plain, "3.png", []);
        Assert.Equal(before, File.ReadAllBytes(folder["in", "1.png"]));
    }

    [Fact]
    public void Into_a_video_they_are_drawn_at_the_same_times_with_the_sound()
    {
        string clip = ConvertClip.Write(folder, 6);
        string path = Save("a.json", ("clip_000002.png", [Face(40)]), ("clip_000005.png", [Face(40), Face(200)]));
        CliRun run = Alignments("draw", "-i", clip, "--alignments", path, "-o", folder["dots.mkv"], "--preset", "ultrafast", "--crf", "10");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("6 frames with 3 faces drawn", run.Output);
        using VideoReader before = VideoReader.Open(clip), after = VideoReader.Open(folder["dots.mkv"]);
        Assert.True(after.Video.HasAudio);
        for (int i = 1; i <= 6; i++)
        {
            using Frame old = before.Read()!, now = after.Read()!;
            Assert.Equal(old.Pts * before.Info.TimeBase.Value, now.Pts * after.Info.TimeBase.Value, 6);
            using Frame picture = FrameConversion.ToBgr(now);
            Assert.Equal(i is 2 or 5, Redness(picture, Face(40)) > 100);
            Assert.Equal(i is 5, Redness(picture, Face(200)) > 100);
        }
        Assert.Null(after.Read());
        // Frames of a folder make a video too, at the rate asked for.
        Directory.CreateDirectory(folder["in"]);
        File.Copy(Golden.Path("vision", "frame0.png"), folder["in", "clip_000002.png"]);
        Assert.Equal(0, Alignments("draw", "-i", folder["in"], "--alignments", path, "-o", folder["one.mp4"], "--fps", "10").ExitCode);
        using VideoReader one = VideoReader.Open(folder["one.mp4"]);
        Assert.Equal((10.0, 1L), (one.Info.FrameRate.Value, one.Info.FrameCount));
    }

    // How much more red than green the landmarks' own pixels are on average.
    private static double Redness(Frame picture, FaceRecord face) => face.Landmarks().Average(p =>
    {
        Span<byte> pixel = picture.Plane(0).RowSpan((int)p.Y).Slice((int)p.X * 3, 3);
        return pixel[2] - pixel[1];
    });

    // Red within two and a half pixels of a point, else as before.
    private void AssertDots(Frame before, string name, Point2[] points)
    {
        using PooledFrame after = ImageFile.Read(folder["out", name]);
        for (int y = 0; y < before.Height; y++)
        {
            Span<byte> old = before.Plane(0).RowSpan(y), now = after.Plane(0).RowSpan(y);
            for (int x = 0; x < before.Width; x++)
            {
                bool dot = points.Any(p => Math.Pow(Math.Round(p.X) - x, 2) + Math.Pow(Math.Round(p.Y) - y, 2) <= 5);
                Assert.True(now.Slice(3 * x, 3).SequenceEqual(dot ? [0, 0, 255] : old.Slice(3 * x, 3)), $"{name} at {x}, {y}");
            }
        }
    }

    [Fact]
    public void Smoothing_takes_the_shaking_and_leaves_movement_other_faces_and_strangers()
    {
        // One face moves four pixels a frame and shakes by two, far from one that rests; both change places in the list. Names are not in alphabetical order.
        int[] shake = [0, 2, -2, 1, -1, 2, 0, -2, 2, -1, 1, -2, 2, 0, -2, 1, 2, -1, 0, 2];
        FaceRecord Moving(int i) => Face(100 + (4 * i), 0, shake[i]);
        FaceRecord degenerate = new(new RectI(1, 2, 3, 4), new Point2[FaceRecord.LandmarkCount]);
        string path = Save("a.json",
            [.. Enumerable.Range(0, 20).Select(i => ($"{i}.png", i % 2 == 0 ? new[] { Moving(i), Face(900) } : [Face(900), Moving(i), degenerate])), ("30.png", [Face(500, 90)])]);
        byte[] before = File.ReadAllBytes(path);
        Assert.Contains("nothing was changed", Alignments("smooth", "--alignments", path, "--dry-run").Output);
        Assert.Equal(before, File.ReadAllBytes(path));
        CliRun run = Alignments("smooth", "--alignments", path, "--strength", "3");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("2 faces followed", run.Output);
        Assert.Equal(before, File.ReadAllBytes(path + ".bak"));

        AlignmentsFile result = AlignmentsFile.Load(path);
        Assert.Equal([.. AlignmentsFile.Load(path + ".bak").FrameNames], result.FrameNames);
        double moved = 0, unsteady = 0, rough = 0;
        for (int i = 0; i < 20; i++)
        {
            IReadOnlyList<FaceRecord> faces = result.Find($"{i}.png")!;
            Assert.Equal(i % 2 == 0 ? 2 : 3, faces.Count);
            Assert.Equal(Face(900).Landmarks(), faces[1 - (i % 2)].Landmarks());
            Assert.Equal(new RectI(100 + (4 * i), 20, 100, 100), faces[i % 2].Rect);
            if (i % 2 == 1)
                Assert.Equal(degenerate.Landmarks(), faces[2].Landmarks());
            double error = faces[i % 2].Landmark(0).X - (100 + (4 * i));
            (moved, unsteady, rough) = (moved + error, unsteady + (error * error), rough + (shake[i] * shake[i]));
        }
        // The shake's mean is 0.2 and no lag, which would be pixels of one sign, is added; of its square less than a third is left, rounding included.
        Assert.InRange(moved / 20, -0.6, 0.9);
        Assert.InRange(unsteady, 0, rough / 3);
        Assert.Equal(Face(500, 90).Landmarks(), result.Find("30.png")![0].Landmarks());
    }

    [Fact]
    public void Bad_input_is_refused_in_one_sentence_and_changes_nothing()
    {
        string path = Save("a.json", ("a1.jpg", [Face(1)]), ("a2.jpg", [Face(1)]));
        byte[] before = File.ReadAllBytes(path);
        folder.Write("in/1.png", "");
        folder.Write("other/note.txt", "");
        Alignments().AssertRefused("check, remove-faces, rename, merge, draw, smooth");
        Alignments("check", "-i", folder["nowhere"]).AssertRefused("nowhere");
        Alignments("check", "-i", folder["in"], "--alignments", folder.Write("bad.json", "[1")).AssertRefused("bad.json");
        Alignments("remove-faces", "--alignments", path, "-a", folder["other"]).AssertRefused("no file in", "a1_0.png");
        Alignments("rename", "--alignments", path, "-i", folder["in"]).AssertRefused("2 frames", "1");
        Alignments("rename", "--alignments", path).AssertRefused("--find");
        Alignments("rename", "--alignments", path, "--find", "zzz", "--replace", "y").AssertRefused("zzz", "a1.jpg");
        Alignments("rename", "--alignments", Save("b.json", ("a1.jpg", []), ("1.jpg", [])), "--find", "a", "--replace", "").AssertRefused("both be called '1.jpg'");
        Alignments("merge", path, "-o", folder["x.json"]).AssertRefused("two");
        Alignments("merge", path, folder["gone.json"], "-o", folder["x.json"]).AssertRefused("gone.json");
        Alignments("merge", path, path, "-o", folder["x.json"], "--colour").AssertRefused("--colour", "'faceswap alignments merge --help'");
        Alignments("draw", "-i", folder["in"], "--alignments", path, "-o", folder["in"] + "/").AssertRefused("is the input");
        Alignments("smooth", "--alignments", path, "--strength", "0").AssertRefused("--strength");
        Alignments("smooth", "--alignments", path, "--strength", "101").AssertRefused("at most 100");
        Alignments("check", "-i", folder["in"], "--colour").AssertRefused("--colour", "'faceswap alignments check --help'");
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.False(File.Exists(folder["x.json"]) || File.Exists(path + ".bak"));
    }
}
