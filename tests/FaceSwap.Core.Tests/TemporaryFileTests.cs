using System.Text;
using FaceSwap.TestKit;

namespace FaceSwap.Core.Tests;

/// <summary>Files that are being written, and what a kill leaves of them.</summary>
public sealed class TemporaryFileTests
{
    private const string Token = ".partial-r0123456789ab";

    private static string[] Names(TempFolder folder) => [.. Directory.GetFileSystemEntries(folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Names_are_new_beside_the_file_and_hidden_and_gone_when_it_is_given_up()
    {
        using TempFolder folder = new();
        using (TemporaryFile first = TemporaryFile.Create(folder["a.mp4"], ".mp4"), second = TemporaryFile.Create(folder["a.mp4"]), third = TemporaryFile.Create(folder["a.mp4"], ".mp4"))
        {
            Assert.NotEqual(first.Path, third.Path);
            Assert.All(new[] { first, second }, f => Assert.Equal(folder.Path, Path.GetDirectoryName(f.Path)));
            Assert.All(new[] { first, second }, f => Assert.StartsWith(".a.", Path.GetFileName(f.Path)));
            Assert.EndsWith(".mp4", first.Path);
            Assert.Contains(".a.mp4.", second.Path);
            Assert.DoesNotContain($"{Environment.ProcessId}-", first.Path);
        }
        Assert.Empty(Names(folder));
    }

    [Fact]
    public void What_nobody_holds_is_swept_and_nothing_else()
    {
        using TempFolder folder = new();
        folder.Write($".a.png{Token}", "half");
        folder.Write($".b.png{Token}", "half");
        using TemporaryFile held = TemporaryFile.Create(folder["a.png"]);
        string[] kept =
        [
            Path.GetFileName(held.Path), "a.png", ".a.png.partial-x", ".a.png.partial-r0123", ".a.png.partial-rABCDEF012345", $"a.png{Token}", "precious", $".link{Token}",
        ];
        foreach (string name in kept[1..^1])
            folder.Write(name, "a person's");
        File.CreateSymbolicLink(folder[kept[^1]], folder["precious"]);
        TemporaryFile.SweepBeside(folder["a.png"]);
        Assert.False(File.Exists(folder[$".a.png{Token}"]));
        Assert.True(File.Exists(folder[$".b.png{Token}"]));
        Assert.True(TemporaryFile.IsAbandoned(folder[$".b.png{Token}"]));
        Assert.False(TemporaryFile.IsAbandoned(held.Path));
        TemporaryFile.SweepFolder(folder.Path);
        Assert.Equal(kept.Order(StringComparer.Ordinal), Names(folder));
        TemporaryFile.SweepFolder(folder["missing"]);
    }

    /// <summary>In a container every process has the id 1, so a killed one's files have our own id and block nothing.</summary>
    [Fact]
    public void What_earlier_versions_left_is_swept_when_its_process_is_gone()
    {
        using TempFolder folder = new();
        string own = $".a.png.partial-{Environment.ProcessId}-", old = folder.Write(own + "1", "half"), other = folder.Write($".b.png.partial-{int.MaxValue}-1", "half");
        folder.Write(own + "99", "perhaps of a process in another container");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-1));
        TemporaryFile.SweepFolder(folder.Path);
        Assert.False(File.Exists(old));
        Assert.False(File.Exists(other));
        Assert.Equal([own + "99"], Names(folder));
        AtomicFile.Write(folder["a.png"], "test", stream => stream.WriteByte(1));
        Assert.Equal(1, new FileInfo(folder["a.png"]).Length);
    }

    [Fact]
    public void A_file_written_again_removes_what_a_kill_left_of_it()
    {
        using TempFolder folder = new();
        folder.Write($".a.json.partial-{int.MaxValue}-1", "half");
        folder.Write($".a.json{Token}", "half");
        AtomicFile.Write(folder["a.json"], "test", stream => stream.WriteByte(1));
        Assert.Equal(["a.json"], Names(folder));
    }

    [Fact]
    public void A_name_as_long_as_names_may_be_can_be_written()
    {
        using TempFolder folder = new();
        string name = new string('ä', 120) + ".json"; // 245 bytes of 255
        folder.Write(Encoding.UTF8.GetByteCount(name) == 245 ? name : "", "old");
        AtomicFile.Write(folder[name], "test", stream => stream.WriteByte(1));
        Assert.Equal([name], Names(folder));
        Assert.Equal(1, new FileInfo(folder[name]).Length);
    }

    [Fact]
    public void A_copy_replaces_a_link_and_not_what_it_leads_to()
    {
        using TempFolder folder = new();
        string precious = folder.Write("precious", "precious");
        File.CreateSymbolicLink(folder["a.bak"], precious);
        AtomicFile.Copy(folder.Write("a", "content"), folder["a.bak"], "backup");
        Assert.Equal("precious", File.ReadAllText(precious));
        Assert.Equal("content", File.ReadAllText(folder["a.bak"]));
    }

    [SkippableFact]
    public void A_copy_that_does_not_fit_leaves_the_older_one()
    {
        using TempFolder folder = new();
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("disk"), "size=64k");
        File.WriteAllText(disk["a.bak"], "older");
        string large = folder.Write("large", new string('x', 200_000));
        Assert.Contains("cannot be written", Assert.Throws<UserErrorException>(() => AtomicFile.Copy(large, disk["a.bak"], "backup")).Message);
        Assert.Equal("older", File.ReadAllText(disk["a.bak"]));
        Assert.Equal(["a.bak"], Directory.GetFiles(disk.Path).Select(f => Path.GetFileName(f)));
    }
}
