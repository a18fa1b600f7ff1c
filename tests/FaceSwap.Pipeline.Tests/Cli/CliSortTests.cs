using System.Security.Cryptography;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Sort;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Sorting puts faces into the right order and neither loses nor alters one.</summary>
public sealed class CliSortTests : IDisposable
{
    private readonly TempFolder folder = new("sort");
    private readonly string faces;

    // A real face, its mirror image, and both made soft; brightness tells the histograms apart.
    public CliSortTests()
    {
        faces = folder.Folder("faces");
        using PooledFrame face = ImageFile.Read(Golden.Path("vision", "frame0_extract.png"));
        Write("a_sharp", face, 256, false);
        Write("b_soft", face, 24, false);
        Write("c_mirror", face, 256, true);
        Write("d_mirror_soft", face, 24, true);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void By_blur_the_soft_ones_come_first_and_descending_turns_it_round()
    {
        string[] up = Sorted("blur"), down = Sorted("blur", "--descending");
        Assert.All(up[..2], name => Assert.Contains("soft", name));
        Assert.Equal(up.Reverse(), down);
    }

    [Fact]
    public void By_yaw_a_mirror_image_is_at_the_other_end()
    {
        string[] names = Sorted("yaw");
        Assert.NotEqual(names[0].Contains("mirror"), names[^1].Contains("mirror"));
        Assert.Equal(names[0].Contains("mirror"), names[1].Contains("mirror"));
    }

    [Fact]
    public void By_histogram_each_is_followed_by_the_most_alike() => Assert.Equal(["a_sharp", "c_mirror"], Sorted("histogram")[..2]);

    [Fact]
    public void What_a_killed_sort_left_does_not_make_the_folder_a_refused_one()
    {
        folder.Write("out/.0001_a_sharp.png.partial-r0123456789ab", "half");
        folder.Write($"out/.0002_b_soft.png.partial-{int.MaxValue}-1", "half, of an earlier version");
        CliRun run = Run("--by", "histogram", "-o", folder["out"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(4, Directory.GetFiles(folder["out"]).Length);
        folder.Write("more/.0001_a_sharp.png.partial-mine", "a person's");
        Run("--by", "histogram", "-o", folder["more"]).AssertRefused("not empty");
    }

    [Theory]
    [InlineData("001", "--by", "blur", "--bins", "2")]
    [InlineData("002", "--by", "blur", "--bins", "2")]
    [InlineData("004_from_-12.5", "--by", "yaw", "--bin-ranges", "4")]
    [InlineData("002_1_to_20", "--by", "blur", "--bin-edges", "1,20")]
    [InlineData("group_3", "--by", "histogram", "--group")]
    public void What_a_sort_killed_at_its_first_copy_left_in_a_bin_is_cleared_away(string bin, params string[] how)
    {
        folder.Write($"out/{bin}/.0001_a_sharp.png.partial-r0123456789ab", "half");
        folder.Folder("out/006");
        CliRun run = Run([.. how, "-o", folder["out"]]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(4, Directory.GetFiles(folder["out"], "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Length);
        Assert.DoesNotContain(Directory.GetDirectories(folder["out"]), d => Directory.GetFiles(d).Length == 0);
    }

    [Theory]
    [InlineData("001/notes.txt")]
    [InlineData("001/.0001_a_sharp.png.partial-mine")]
    [InlineData("photos/.0001_a_sharp.png.partial-r0123456789ab")]
    [InlineData("001/001/.0001_a_sharp.png.partial-r0123456789ab")]
    public void What_is_anybody_elses_in_the_output_folder_is_not(string name)
    {
        string precious = folder.Write("out/" + name, "precious");
        Run("--by", "blur", "--bins", "2", "-o", folder["out"]).AssertRefused("not empty");
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"a_sharp.png\":null}")]
    [InlineData("{\"a_sharp.png\":\"../stolen.png\"}")]
    [InlineData("{\"../faces/a_sharp.png\":\"x.png\"}")]
    [InlineData("{\"a_sharp.png\":\"x.png\",\"b_soft.png\":\"x.png\"}")]
    [InlineData("{\"faceswap-sort-undo.json\":\"x.png\"}")]
    public void A_forged_list_of_names_moves_nothing(string list)
    {
        folder.Write("faces/faceswap-sort-undo.json", list);
        string[] before = Directory.GetFiles(faces);
        CliRunner.Run("sort", "-i", faces, "--undo").AssertRefused("cannot be used");
        Assert.Equal(before.Order(), Directory.GetFiles(faces).Order());
    }

    [Fact]
    public void What_a_system_hides_beside_the_faces_is_none()
    {
        folder.Write("faces/._a_sharp.png", "macOS keeps attributes here");
        CliRun run = Run("--by", "blur", "-o", folder["out"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.DoesNotContain("left out", run.Error);
        Assert.Equal(4, Directory.GetFiles(folder["out"]).Length);
    }

    [Fact]
    public void By_face_needs_its_weights_and_starts_from_the_first_face()
    {
        string weights = RecognitionWeights.Write(folder["weights"]);
        string[] names = Sorted("face", "--models-dir", weights);
        Assert.Equal("a_sharp", names[0]);
        Assert.Equal(4, names.Distinct().Count());
        File.Delete(Directory.GetFiles(weights, "*.bin").Single());
        Run("--by", "face", "--models-dir", weights, "-o", folder["out"]).AssertRefused("face_recognition_model");
    }

    [Fact]
    public void By_size_goes_by_the_alignments_and_leaves_out_what_they_lack()
    {
        // Landmarks on a spiral, each frame's larger than the one before; of the fourth face nothing is known.
        AlignmentsFile alignments = new();
        foreach ((string name, double scale) in new[] { ("a.png", 3.0), ("b.png", 1.0), ("c.png", 2.0) })
            Size(alignments, Directory.GetFiles(faces, name[..1] + "_*").Single(), name, scale);
        alignments.Save(folder["alignments.json"]);
        Assert.Equal(["b_0", "c_0", "a_0"], Sorted("size", "--alignments", folder["alignments.json"]));
    }

    [Fact]
    public void Bins_share_the_copies_evenly()
    {
        Succeed("--by", "pitch", "--bins", "2", "-o", folder["bins"]);
        Assert.Equal(["001", "002"], Directory.GetDirectories(folder["bins"]).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetDirectories(folder["bins"]), bin => Assert.Equal(2, Directory.GetFiles(bin).Length));
        Assert.Equal(Contents(faces), Contents(folder["bins"]));
    }

    [Fact]
    public void By_value_bins_are_ranges_equal_or_chosen()
    {
        string[] pictures = [.. Directory.GetFiles(faces).Order()];
        AlignmentsFile alignments = new();
        foreach ((int i, double scale) in new[] { (0, 3.0), (1, 1.0), (2, 2.8), (3, 1.2) })
            Size(alignments, pictures[i], $"{(char)('a' + i)}.png", scale);
        alignments.Save(folder["alignments.json"]);
        string[] size = ["--by", "size", "--alignments", folder["alignments.json"], "-o"];
        // Sizes go with the scales: the middle of 1 and 3 parts b, d from c, a; of four ranges, 1 to 1.5 and 2.5 to 3, the two between are empty.
        Succeed([.. size, folder["two"], "--bin-ranges", "2", "--sheet", folder["sheet.png"]]);
        Assert.Equal(["001: b_0 d_0", "002: c_0 a_0"], Binned("two"));
        Succeed([.. size, folder["four"], "--bin-ranges", "4", "-d"]);
        Assert.Equal(["001: a_0 c_0", "004: d_0 b_0"], Binned("four"));
        Assert.All(Directory.GetDirectories(folder["two"]), d => Assert.Matches(@"00\d_(below|from)_[0-9.]+$", d));
        string edge = Directory.GetDirectories(folder["two"]).Order().First().Split('_')[^1];
        CliRun run = Run([.. size, folder["own"], "--bin-edges", $"1,{edge},100000"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["002: b_0 d_0", "003: c_0 a_0"], Binned("own"));
        Assert.Contains($"002_1_to_{edge}: 2 faces", run.Output);
        Assert.Equal(Contents(faces), Contents(folder["own"]));
        // Two bins with a heading each: higher than the four faces' own sheet, which is two rows too.
        Succeed([.. size, folder["none"], "--sheet", folder["plain.png"]]);
        using PooledFrame sheet = ImageFile.Read(folder["sheet.png"]), plain = ImageFile.Read(folder["plain.png"]);
        Assert.True(sheet.Height > plain.Height + 30, $"{sheet.Height} {plain.Height}");
    }

    [Fact]
    public void By_yaw_ranges_are_degrees_from_profile_to_profile()
    {
        foreach (string soft in Directory.GetFiles(faces, "*soft*"))
            File.Delete(soft);
        Succeed("--by", "yaw", "--bin-edges", "-60,0,60", "-o", folder["own"]);
        Succeed("--by", "yaw", "--bin-ranges", "3", "-o", folder["three"]);
        Assert.Equal(["002_-60_to_0", "003_0_to_60"], Directory.GetDirectories(folder["own"]).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetDirectories(folder["own"]), side => Assert.Single(Directory.GetFiles(side).Select(f => f.Contains("mirror")).Distinct()));
        Assert.Equal(["002_-30_to_30"], Directory.GetDirectories(folder["three"]).Select(Path.GetFileName));
    }

    [Fact]
    public void By_histogram_groups_are_of_alike_colors()
    {
        using PooledFrame face = ImageFile.Read(Golden.Path("vision", "frame0_extract.png"));
        PlaneView plane = face.Plane(0);
        for (int y = 0; y < face.Height; y++)
        {
            foreach (ref byte sample in plane.RowSpan(y))
                sample = (byte)(sample / 3);
        }
        Write("0_dark", face, 256, false);
        Succeed("--by", "histogram", "--group", "-o", folder["out"], "--sheet", folder["sheet.png"]);
        Assert.Equal(["group_1", "group_2"], Directory.GetDirectories(folder["out"]).Select(Path.GetFileName).Order());
        Assert.Equal(4, Directory.GetFiles(folder["out", "group_1"]).Length);
        Assert.EndsWith("0005_0_dark.png", Directory.GetFiles(folder["out", "group_2"]).Single());
        Assert.Equal(Contents(faces), Contents(folder["out"]));
        Succeed("--by", "histogram", "--group", "--threshold", "1", "-o", folder["one"]);
        Assert.Equal("group_1", Path.GetFileName(Directory.GetDirectories(folder["one"]).Single()));
    }

    [Fact]
    public void By_face_groups_are_persons_by_the_distance_asked_for()
    {
        string weights = RecognitionWeights.Write(folder["weights"]);
        Succeed("--by", "face", "--group", "--threshold", "1000000", "--models-dir", weights, "-o", folder["all"]);
        Assert.Equal(["person_1"], Directory.GetDirectories(folder["all"]).Select(Path.GetFileName));
        CliRun run = Run("--by", "face", "--group", "--threshold", "0.000001", "--models-dir", weights, "--sheet", folder["sheet.png"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("person_4: 1 faces", run.Output);
    }

    [Fact]
    public void In_place_renames_and_undo_restores_every_byte_and_name()
    {
        Dictionary<string, string> before = Named();
        CliRun run = Run("--by", "blur", "--in-place");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("--input-aligned-dir", run.Error);
        Assert.Equal(before.Values.Order(), Directory.GetFiles(faces, "*.png").Select(Hash).Order());
        Assert.All(Directory.GetFiles(faces, "*.png"), file => Assert.Matches(@"^\d{4}_[a-d]_", Path.GetFileName(file)));
        Run("--in-place").AssertRefused("undo");
        Succeed("--undo");
        Assert.Equal(before, Named());
    }

    [Fact]
    public void Undo_completes_after_a_kill_between_two_renames()
    {
        Dictionary<string, string> before = Named();
        Succeed("--by", "blur", "--in-place");
        // As it lies after a kill: the list is whole, some files have their new names and some their old.
        foreach (string file in Directory.GetFiles(faces, "*.png").Order().Skip(2))
            File.Move(file, Path.Combine(faces, Path.GetFileName(file)[5..]));
        Succeed("--undo");
        Assert.Equal(before, Named());
    }

    [Fact]
    public void A_list_that_names_other_folders_moves_nothing()
    {
        folder.Write("outside.png", "mine");
        File.WriteAllText(Path.Combine(faces, SortRename.ListName), """{"../outside.png": "stolen.png"}""");
        Run("--undo").AssertRefused(SortRename.ListName);
        Assert.True(File.Exists(folder["outside.png"]));
    }

    [Fact]
    public void A_sheet_alone_changes_nothing_else()
    {
        Dictionary<string, string> before = Named();
        Succeed("--by", "yaw", "--sheet", folder["sheet.png"]);
        Assert.Equal(before, Named());
        using PooledFrame sheet = ImageFile.Read(folder["sheet.png"]);
        Assert.True(sheet.Width > 2 * 96 && sheet.Height > 2 * 96);
    }

    [Fact]
    public void An_image_that_is_damaged_is_left_out_and_stays()
    {
        File.WriteAllText(Path.Combine(faces, "e_broken.png"), "no image");
        Assert.Equal(4, Sorted("blur").Length);
        Assert.Equal("no image", File.ReadAllText(Path.Combine(faces, "e_broken.png")));
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        CliRunner.Run("sort", "-i", folder["nowhere"], "-o", folder["out"]).AssertRefused("nowhere");
        CliRunner.Run("sort", "-i", folder.Folder("empty"), "-o", folder["out"]).AssertRefused("no images");
        Run().AssertRefused("--output-dir");
        Run("--in-place", "-o", folder["out"]).AssertRefused("--in-place");
        Run("--in-place", "--bins", "2").AssertRefused("--bins");
        Run("--bins", "2", "--bin-ranges", "2", "-o", folder["out"]).AssertRefused("--bins and --bin-ranges");
        Run("--bin-ranges", "2").AssertRefused("--output-dir");
        Run("--by", "histogram", "--bin-edges", "1,2", "-o", folder["out"]).AssertRefused("--group");
        Run("--bin-edges", "2,1", "-o", folder["out"]).AssertRefused("--bin-edges", "2,1");
        Run("--bin-edges", "1,,2", "-o", folder["out"]).AssertRefused("--bin-edges");
        Run("--by", "yaw", "--group", "-o", folder["out"]).AssertRefused("--group");
        Run("--by", "histogram", "--threshold", "1", "-o", folder["out"]).AssertRefused("--group");
        Run("--by", "histogram", "--group", "--in-place").AssertRefused("--output-dir");
        Run("-o", faces).AssertRefused("not empty");
        Run("--sheet", folder["sheet.txt"]).AssertRefused("sheet.txt");
        Run("--sheet", Path.Combine(faces, "a_sharp.png")).AssertRefused("a_sharp.png");
        Run("--by", "size", "-o", folder["out"]).AssertRefused("--alignments");
        Run("--by", "beauty", "-o", folder["out"]).AssertRefused("--by");
        Run("--undo").AssertRefused("undo");
        Assert.False(Directory.Exists(folder["out"]));
    }

    // Makes a picture that of a frame's only face, whose landmarks lie on a spiral as large as asked for.
    private void Size(AlignmentsFile alignments, string picture, string frame, double scale)
    {
        Point2[] points = [.. Enumerable.Range(0, 68).Select(i => new Point2(200 + (scale * i * Math.Cos(i)), 200 + (scale * i * Math.Sin(i))))];
        alignments.Set(frame, [new FaceRecord(new RectI(0, 0, 9, 9), points)]);
        File.Move(picture, Path.Combine(faces, Path.GetFileNameWithoutExtension(frame) + "_0.png"));
    }

    // Each folder's number and its faces in the order of their names, without their own numbers.
    private string[] Binned(string output) => [.. Directory.GetDirectories(folder[output]).Order(StringComparer.Ordinal).Select(bin =>
        $"{Path.GetFileName(bin)[..3]}: {string.Join(' ', Directory.GetFiles(bin).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).Select(n => n![5..]))}")];

    private string[] Sorted(string key, params string[] more)
    {
        Dictionary<string, string> before = Named();
        string output = folder[$"out{Guid.NewGuid():N}"];
        Succeed(["--by", key, "-o", output, .. more]);
        Assert.Equal(before, Named());
        Assert.Empty(Contents(output).Except(Contents(faces)));
        return [.. Directory.GetFiles(output).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal).Select(n => n[5..])];
    }

    private CliRun Run(params string[] arguments) => CliRunner.Run(["sort", "-i", faces, .. arguments]);

    private void Succeed(params string[] arguments)
    {
        CliRun run = Run(arguments);
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}: {run.Error}");
    }

    private void Write(string name, Frame face, int detail, bool mirrored)
    {
        using Canvas small = new(detail, detail, Ink.Black), large = new(256, 256, Ink.Black);
        small.DrawImage(face, small.Bounds);
        large.DrawImage(small.Frame, large.Bounds);
        if (mirrored)
        {
            for (int y = 0; y < 256; y++)
            {
                Span<byte> row = large.Frame.Plane(0).RowSpan(y)[..(256 * 3)];
                row.Reverse();
                for (int x = 0; x < row.Length; x += 3)
                    (row[x], row[x + 2]) = (row[x + 2], row[x]);
            }
        }
        ImageFile.Write(Path.Combine(faces, name + ".png"), large.Frame);
    }

    private Dictionary<string, string> Named() => Directory.GetFiles(faces).ToDictionary(f => Path.GetFileName(f), Hash);

    private static List<string> Contents(string directory) => [.. Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Select(Hash).Order()];

    private static string Hash(string file) => System.Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}

/// <summary>The estimated pose.</summary>
public sealed class HeadPoseTests
{
    // The mean face's own points, turned and projected, must give the angles back.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(25, 0)]
    [InlineData(-40, 10)]
    [InlineData(5, -20)]
    public void A_turned_mean_face_gives_its_angles(double yaw, double pitch)
    {
        (int, double, double, double)[] face =
            [(30, 0, 0, 0), (8, 0, -330, -65), (36, -225, 170, -135), (45, 225, 170, -135), (48, -150, -150, -125), (54, 150, -150, -125)];
        Point2[] points = new Point2[68];
        (double sinYaw, double cosYaw) = Math.SinCos(yaw * Math.PI / 180);
        (double sinPitch, double cosPitch) = Math.SinCos(pitch * Math.PI / 180);
        foreach ((int landmark, double x, double y, double z) in face)
        {
            // Pitch about the face's own axis from ear to ear, then yaw about the picture's vertical.
            double up = (cosPitch * y) + (sinPitch * z), out_ = (-sinPitch * y) + (cosPitch * z);
            points[landmark] = new Point2(128 + (0.3 * ((cosYaw * x) + (sinYaw * out_))), 128 - (0.3 * up));
        }
        (double foundYaw, double foundPitch) = HeadPose.Of(points);
        Assert.Equal(yaw, foundYaw, 6);
        Assert.Equal(pitch, foundPitch, 6);
    }
}
