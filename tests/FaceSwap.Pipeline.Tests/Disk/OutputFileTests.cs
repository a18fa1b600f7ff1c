using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Disk;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Disk;

/// <summary>What is there under an output's name and is no file, or is what the output is made from, stays.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TempFolder folder = new("output");

    public void Dispose() => folder.Dispose();

    private static string Refusal(Action work) => Assert.Throws<UserErrorException>(work).Message;

    [SkippableFact]
    public void A_pipe_is_neither_opened_nor_replaced()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "pipes with names are Unix's");
        string pipe = folder["p.json"], link = folder["l.json"];
        using (Process make = Process.Start("mkfifo", [pipe]))
            make.WaitForExit();
        File.CreateSymbolicLink(link, pipe);
        foreach (string path in new[] { pipe, link })
        {
            Assert.Contains("a pipe or a device", Refusal(() => new AlignmentsFile().Replace(path)));
            Assert.Contains("a pipe or a device", Refusal(() => new AlignmentsFile().Save(path)));
            Assert.Contains("a pipe or a device", Refusal(() => OutputLock.OnFile(path, "writes", "--output").Dispose()));
            Assert.Contains("a pipe or a device", Refusal(() => OutputFile.Require(path, "the summary", "--summary")));
        }
        Assert.Contains("a folder", Refusal(() => OutputFile.Require(folder.Folder("d"), "the summary", "--summary")));
        Assert.Equal(["d", "l.json", "p.json"], Directory.GetFileSystemEntries(folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_it_is_made_from_is_told_by_any_name()
    {
        string input = folder.Write("a.mp4", "film"), link = folder["b.mp4"];
        File.CreateSymbolicLink(link, input);
        Assert.Contains("would replace", Refusal(() => OutputFile.Require(link, "the summary", "--summary", input)));
        OutputFile.Require(folder["new.md"], "the summary", "--summary", input);
        Assert.Equal("film", File.ReadAllText(input));
    }

    [Fact]
    public void Alignments_replace_alignments_only()
    {
        AlignmentsFile file = new();
        file.Set("1.png", []);
        foreach (string name in new[] { "film.mp4", "1.png", "encoder.safetensors", "none" })
            Assert.Contains(".json", Refusal(() => file.Replace(folder.Write(name, "precious"))));
        string state = folder.Write("state.json", "{\"iteration\": 7}");
        Assert.Contains("not replaced", Refusal(() => file.Replace(state)));
        Assert.Equal("{\"iteration\": 7}", File.ReadAllText(state));
        file.Replace(folder["a.json"]);
        file.Replace(folder["a.json"]);
        Assert.True(File.Exists(folder["a.json.bak"]));
        Assert.Empty(Directory.GetFiles(folder.Path, "film.mp4.bak"));
    }
}
