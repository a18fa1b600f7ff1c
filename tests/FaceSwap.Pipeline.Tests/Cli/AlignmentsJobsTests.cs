using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.TestKit;

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
    public void Bad_input_is_refused_in_one_sentence_and_changes_nothing()
    {
        string path = Save("a.json", ("a1.jpg", [Face(1)]), ("a2.jpg", [Face(1)]));
        byte[] before = File.ReadAllBytes(path);
        folder.Write("in/1.png", "");
        folder.Write("other/note.txt", "");
        Alignments().AssertRefused("check, remove-faces, rename, merge");
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
        Alignments("check", "-i", folder["in"], "--colour").AssertRefused("--colour", "'faceswap alignments check --help'");
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.False(File.Exists(folder["x.json"]) || File.Exists(path + ".bak"));
    }
}
