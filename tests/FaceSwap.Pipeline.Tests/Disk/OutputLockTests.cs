using FaceSwap.Core;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Sort;
using FaceSwap.Pipeline.Video;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Disk;

/// <summary>Two jobs never work on one output, and no trace of that stays.</summary>
public sealed class OutputLockTests : IDisposable
{
    private readonly TempFolder folder = new("lock");

    public void Dispose() => folder.Dispose();

    private string[] Entries() => [.. Directory.GetFileSystemEntries(folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [SkippableFact]
    public void A_folder_is_locked_itself()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no locks on folders");
        string out1 = folder.Folder("out");
        using (OutputLock.OnFolder(out1, "extracts into", "--output-dir"))
        {
            Assert.Equal($"Another process extracts into the folder '{out1}'; stop that one first or choose another --output-dir.",
                Assert.Throws<UserErrorException>(() => OutputLock.OnFolder(out1, "extracts into", "--output-dir")).Message);
            Assert.Empty(Directory.GetFileSystemEntries(out1));
        }
        OutputLock.OnFolder(out1, "extracts into", "--output-dir").Dispose();
    }

    [Fact]
    public void A_file_is_locked_by_an_empty_one_that_goes_away()
    {
        string path = folder["a.json"];
        using (OutputLock.OnFile(path, "changes", "--output"))
            Assert.Contains("Another process changes", Assert.Throws<UserErrorException>(() => OutputLock.OnFile(path, "changes", "--output")).Message);
        Assert.Empty(Entries());
        folder.Write(".a.json.lock", ""); // as a kill leaves it
        OutputLock.OnFile(path, "changes", "--output").Dispose();
        Assert.Empty(Entries());
        folder.Write(".a.json.lock", "a person's");
        Assert.Contains("in the way", Assert.Throws<UserErrorException>(() => OutputLock.OnFile(path, "changes", "--output")).Message);
        File.Delete(folder[".a.json.lock"]);
        File.CreateSymbolicLink(folder[".a.json.lock"], folder.Write("precious", ""));
        Assert.Contains("in the way", Assert.Throws<UserErrorException>(() => OutputLock.OnFile(path, "changes", "--output")).Message);
        Assert.Equal([".a.json.lock", "precious"], Entries());
    }

    [Fact]
    public async Task Only_one_of_many_has_a_lock_at_a_time()
    {
        int inside = 0, most = 0, taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                try
                {
                    using OutputLock held = OutputLock.OnFile(folder["a.json"], "changes", "--output");
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    Interlocked.Increment(ref taken);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                }
                catch (UserErrorException)
                {
                    // Another has it.
                }
            }
        })));
        Assert.True(taken > 0);
        Assert.Equal(1, most);
        Assert.Empty(Entries());
    }

    [SkippableFact]
    public void Workflows_do_not_share_an_output()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no locks on folders");
        string frames = folder.Folder("frames"), output = folder.Folder("out"), alignments = folder["a.json"];
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(frames, "1.png"));
        ExtractOptions extract = new() { Input = frames, OutputDirectory = output, AlignmentsPath = alignments };
        void Refused(Action work) => Assert.StartsWith("Another process", Assert.Throws<UserErrorException>(work).Message);
        using (OutputLock.OnFolder(output, "works in", "folder"))
        {
            Refused(() => new ExtractWorkflow(extract).Run());
            Refused(() => new SortWorkflow(new SortOptions { Input = frames, OutputDirectory = output }).Run());
        }
        using (OutputLock.OnFile(alignments, "changes", "file"))
            Refused(() => new ExtractWorkflow(extract).Run());
        using (OutputLock.OnFile(folder["x.mkv"], "writes", "file"))
            Refused(() => new FramesToVideoWorkflow(new FramesToVideoOptions { Input = frames, Output = folder["x.mkv"] }).Run());
        using (OutputLock.OnFolder(frames, "works in", "folder"))
            Refused(() => new SortWorkflow(new SortOptions { Input = frames, InPlace = true, Key = SortKey.Histogram }).Run());
        Assert.Empty(Directory.GetFileSystemEntries(output));
        Assert.Equal(["frames", "out"], Entries());
    }
}
