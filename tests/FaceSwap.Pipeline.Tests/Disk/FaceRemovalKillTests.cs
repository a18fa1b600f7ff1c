using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Tests.Cli;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Disk;

/// <summary><c>alignments remove-faces</c> changes a file and a folder; a kill between the two loses no face that nobody deleted.</summary>
public sealed class FaceRemovalKillTests : IDisposable
{
    private const int Frames = 40, FacesEach = 5;

    private readonly TempFolder folder = new("removal");
    private readonly string faces, path;

    public FaceRemovalKillTests()
    {
        faces = folder.Folder("faces");
        path = folder["a.json"];
    }

    public void Dispose() => folder.Dispose();

    // Each crop's content is the left edge of its face.
    private void Write(int frames)
    {
        AlignmentsFile file = new();
        for (int f = 0; f < frames; f++)
        {
            file.Set($"{f}.png", [.. Enumerable.Range(0, FacesEach).Select(i => new FaceRecord(new RectI((10 * f) + i, 20, 100, 100), new Point2[FaceRecord.LandmarkCount], 0))]);
            for (int i = 1; i < FacesEach; i++)
                File.WriteAllText(Path.Combine(faces, $"{f}_{i}.png"), $"{(10 * f) + i}");
        }
        file.Save(path);
    }

    private void AssertRight(int frames)
    {
        AlignmentsFile file = AlignmentsFile.Load(path);
        for (int f = 0; f < frames; f++)
        {
            Assert.Equal(Enumerable.Range(1, FacesEach - 1).Select(i => (10 * f) + i), file.Find($"{f}.png")!.Select(r => r.Rect.X));
            for (int i = 0; i < FacesEach - 1; i++)
                Assert.Equal($"{(10 * f) + i + 1}", File.ReadAllText(Path.Combine(faces, $"{f}_{i}.png")));
        }
        Assert.Equal(frames * (FacesEach - 1), Directory.GetFiles(faces).Length);
        Assert.Equal(["a.json", "a.json.bak", "faces"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    // The state after a kill: with the list, the alignments replaced or not, and so many pictures renamed.
    private RemovalIntent Interrupt(bool replaced, int renamed)
    {
        Write(1);
        FaceRemoval plan = FaceRemoval.Plan(AlignmentsFile.Load(path), faces);
        using MemoryStream after = new();
        plan.Result.Write(after, AlignmentsSerializer.Json);
        RemovalIntent intent = new(path, Hash(File.ReadAllBytes(path)), Hash(after.ToArray()), [.. plan.Renames.Select(r =>
        {
            PictureRename rename = PictureRename.Of(faces, Path.GetFileName(r.From), Path.GetFileName(r.To));
            FileEntry entry = FileEntry.Find(r.From, false)!.Value;
            Assert.Equal((entry.Device, entry.Inode, Hash(File.ReadAllBytes(r.From))), (rename.Device, rename.Inode, rename.Sha256));
            return rename;
        })]);
        File.WriteAllText(Path.Combine(faces, RemovalIntent.ListName), JsonSerializer.Serialize(intent, RemovalJson.Default.RemovalIntent));
        File.WriteAllText(folder[".a.json.remove-faces"], JsonSerializer.Serialize(faces));
        File.Copy(path, path + ".bak", overwrite: true);
        if (replaced)
            File.WriteAllBytes(path, after.ToArray());
        foreach ((string from, string to) in plan.Renames.Take(renamed))
            File.Move(from, to);
        return intent;
    }

    private static string Hash(byte[] bytes) => System.Convert.ToHexStringLower(SHA256.HashData(bytes));

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    public void Whatever_works_on_the_file_or_the_folder_next_finishes_it(bool replaced, int renamed)
    {
        Interrupt(replaced, renamed);
        Assert.True(FaceRemoval.IsPending(path, null)); // the note beside the file leads to the folder
        CliRun run = CliRunner.Run("alignments", "remove-faces", "--alignments", path, "-a", faces);
        Assert.True(run.ExitCode == 0, run.Error);
        AssertRight(1);
        Interrupt(replaced, renamed);
        Assert.NotNull(FaceRemoval.Recover(null, faces));
        Assert.Null(FaceRemoval.Recover(path, faces));
    }

    [Fact]
    public void A_picture_deleted_before_the_recovery_stays_deleted()
    {
        Interrupt(replaced: true, renamed: 2);
        File.Delete(Path.Combine(faces, "0_0.png"));
        FaceRemoval.Recover(path, faces);
        Assert.Equal(["0_1.png", "0_2.png", "0_3.png"], Directory.GetFiles(faces).Select(Path.GetFileName).Order());
        Assert.Equal("2", File.ReadAllText(Path.Combine(faces, "0_1.png")));
    }

    // The folder's pictures become other files, as on another disk, in the order of their names or in that which gives each the number of another.
    private void Copy(bool backwards)
    {
        string copy = folder.Folder("copy");
        string[] all = [.. Directory.GetFiles(faces).Order()];
        foreach (string file in backwards ? all.Reverse() : all)
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        Directory.Delete(faces, recursive: true);
        Directory.Move(copy, faces);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void In_a_copy_of_the_folder_it_is_finished_too(int renamed, bool backwards)
    {
        Interrupt(replaced: true, renamed);
        Copy(backwards);
        CliRun run = CliRunner.Run("alignments", "remove-faces", "--alignments", path, "-a", faces);
        Assert.True(run.ExitCode == 0, run.Error);
        AssertRight(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_list_of_an_earlier_version_does_not_lead_to_a_loss_in_a_copy(int renamed)
    {
        RemovalIntent intent = Interrupt(replaced: true, renamed);
        string list = Path.Combine(faces, RemovalIntent.ListName);
        // Numbers that no file has; of content nothing is known.
        File.WriteAllText(list, JsonSerializer.Serialize(intent with { Renames = [.. intent.Renames.Select(r => r with { Device = ulong.MaxValue, Sha256 = null })] },
            RemovalJson.Default.RemovalIntent));
        byte[] before = File.ReadAllBytes(path);
        CliRunner.Run("alignments", "remove-faces", "--alignments", path, "-a", faces).AssertRefused("interrupted", RemovalIntent.ListName);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.True(File.Exists(list));
        Assert.Equal(FacesEach, Directory.GetFiles(faces).Length);
    }

    [Fact]
    public void A_picture_that_is_another_now_is_left_to_the_person()
    {
        Interrupt(replaced: true, renamed: 1);
        File.WriteAllText(Path.Combine(faces, "0_3.png"), "painted over");
        Assert.Contains("0_3.png", Assert.Throws<UserErrorException>(() => FaceRemoval.Recover(path, faces)).Message);
        Assert.True(File.Exists(Path.Combine(faces, RemovalIntent.ListName)));
        File.WriteAllText(Path.Combine(faces, "0_3.png"), "3");
        Assert.NotNull(FaceRemoval.Recover(path, faces));
        AssertRight(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_pictures_with_the_same_content_each_keeps_its_face(bool copied)
    {
        Interrupt(replaced: true, renamed: 4);
        RemovalIntent intent = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(faces, RemovalIntent.ListName)), RemovalJson.Default.RemovalIntent)!;
        string same = Hash("same"u8.ToArray());
        foreach (string file in Directory.GetFiles(faces, "*.png"))
            File.WriteAllText(file, "same");
        File.WriteAllText(Path.Combine(faces, RemovalIntent.ListName), JsonSerializer.Serialize(
            intent with { Renames = [.. intent.Renames.Select(r => r with { Sha256 = same })] }, RemovalJson.Default.RemovalIntent));
        // All are renamed, and the first of them was deleted since: the second does not take its place.
        File.Delete(Path.Combine(faces, "0_0.png"));
        if (copied)
        {
            Copy(backwards: false);
            // Which face has lost its picture cannot be known here.
            Assert.Contains("interrupted", Assert.Throws<UserErrorException>(() => FaceRemoval.Recover(path, faces)).Message);
            File.Delete(Path.Combine(faces, RemovalIntent.ListName));
        }
        else
            FaceRemoval.Recover(path, faces);
        Assert.Equal(["0_1.png", "0_2.png", "0_3.png"], Directory.GetFiles(faces).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void While_pictures_have_a_sorts_names_no_face_counts_as_deleted(int renamed)
    {
        Write(1);
        string[] names = [.. Enumerable.Range(1, FacesEach - 1).Select(i => $"0_{i}.png")];
        string list = Path.Combine(faces, "faceswap-sort-undo.json");
        File.WriteAllText(list, JsonSerializer.Serialize(names.ToDictionary(n => "000" + n)));
        foreach (string name in names[..renamed])
            File.Move(Path.Combine(faces, name), Path.Combine(faces, "000" + name));
        byte[] before = File.ReadAllBytes(path);
        CliRunner.Run("alignments", "remove-faces", "--alignments", path, "-a", faces).AssertRefused("--undo");
        Assert.Contains("--undo", Assert.Throws<UserErrorException>(() => Convert.AlignedFolder.Open(faces, AlignmentsFile.Load(path))).Message);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(0, CliRunner.Run("sort", "-i", faces, "--undo").ExitCode);
        Assert.Equal(0, CliRunner.Run("alignments", "remove-faces", "--alignments", path, "-a", faces).ExitCode);
        AssertRight(1);
    }

    [Fact]
    public void A_sort_that_was_killed_before_its_first_picture_is_no_obstacle()
    {
        Write(1);
        File.WriteAllText(Path.Combine(faces, "faceswap-sort-undo.json"), """{"0000_1.png":"0_1.png"}""");
        Assert.Single(FaceRemoval.Plan(AlignmentsFile.Load(path), faces).Removed);
    }

    [Fact]
    public void Alignments_changed_meanwhile_are_left_to_the_person()
    {
        Interrupt(replaced: true, renamed: 1);
        File.AppendAllText(path, " ");
        Assert.Contains("interrupted", Assert.Throws<UserErrorException>(() => FaceRemoval.Recover(path, faces)).Message);
        Assert.True(File.Exists(Path.Combine(faces, "0_2.png")));
    }

    [Fact]
    public void A_forged_list_moves_nothing_out_of_the_folder()
    {
        RemovalIntent intent = Interrupt(replaced: true, renamed: 4);
        string list = Path.Combine(faces, RemovalIntent.ListName), precious = folder.Write("precious", "precious");
        foreach (PictureRename rename in (PictureRename[])[new("../precious", "x", 0, 0), new("0_0.png", "../stolen.png", 0, 0), new(precious, "x", 0, 0), new(null!, "x", 0, 0), null!])
        {
            File.WriteAllText(list, JsonSerializer.Serialize(intent with { Renames = [rename] }, RemovalJson.Default.RemovalIntent));
            Assert.Contains("cannot be used", Assert.Throws<UserErrorException>(() => FaceRemoval.Recover(path, faces)).Message);
        }
        foreach (string text in (string[])["null", "{}", "[]", "{\"alignments\":\"a.json\"}", ""])
        {
            File.WriteAllText(list, text);
            Assert.Throws<UserErrorException>(() => FaceRemoval.Recover(path, faces));
        }
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Fact]
    public void Killed_again_and_again_it_ends_up_as_if_it_had_not_been()
    {
        Write(Frames);
        Random random = new(3);
        for (int round = 0; round < 4; round++)
        {
            using Process child = CliRunner.Start("alignments", "remove-faces", "--alignments", path, "-a", faces);
            // From the moment it writes its list.
            while (!child.HasExited && !File.Exists(Path.Combine(faces, RemovalIntent.ListName)))
                Thread.Yield();
            Thread.Sleep(random.Next(0, 4));
            child.Kill();
            child.WaitForExit();
        }
        Assert.Equal(0, CliRunner.Run("alignments", "remove-faces", "--alignments", path, "-a", faces).ExitCode);
        AssertRight(Frames);
    }
}
