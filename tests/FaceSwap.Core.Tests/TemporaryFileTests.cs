using FaceSwap.TestKit;

namespace FaceSwap.Core.Tests;

/// <summary>Names of files that are being written, and what a kill leaves of them.</summary>
public sealed class TemporaryFileTests
{
    [Fact]
    public void Names_are_new_beside_the_file_and_hidden()
    {
        using TempFolder folder = new();
        string first = TemporaryFile.Beside(folder["a.mp4"], ".mp4"), second = TemporaryFile.Beside(folder["a.mp4"]);
        Assert.NotEqual(first, TemporaryFile.Beside(folder["a.mp4"], ".mp4"));
        Assert.All(new[] { first, second }, name => Assert.Equal(folder.Path, Path.GetDirectoryName(name)));
        Assert.All(new[] { first, second }, name => Assert.StartsWith(".a.", Path.GetFileName(name)));
        Assert.EndsWith(".mp4", first);
        Assert.Contains(".a.mp4.", second);
    }

    [Fact]
    public void What_killed_processes_left_is_swept_and_nothing_else()
    {
        using TempFolder folder = new();
        string dead = folder.Write($".a.png.partial-{int.MaxValue}-1", "half"), of = folder.Write($".b.png.partial-{int.MaxValue}-1", "half");
        string[] kept =
        [
            folder.Write($".a.png.partial-{Environment.ProcessId}-99", "being written"), folder.Write("a.png", "whole"), folder.Write(".a.png.partial-x", "whose?"),
            folder.Write($"a.png.partial-{int.MaxValue}-1", "not hidden, so not ours"),
        ];
        TemporaryFile.SweepBeside(folder["a.png"]);
        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(of));
        TemporaryFile.SweepFolder(folder.Path);
        Assert.Equal(kept.Order(StringComparer.Ordinal), Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));
        TemporaryFile.SweepFolder(folder["missing"]);
    }

    [Fact]
    public void A_file_written_again_removes_what_a_kill_left_of_it()
    {
        using TempFolder folder = new();
        string dead = folder.Write($".a.json.partial-{int.MaxValue}-1", "half");
        AtomicFile.Write(folder["a.json"], "test", stream => stream.WriteByte(1));
        Assert.False(File.Exists(dead));
        Assert.Equal([folder["a.json"]], Directory.GetFiles(folder.Path));
    }
}
