using FaceSwap.Core;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>What words on a command line and lines of a list mean, and where the outputs go.</summary>
public sealed class ConvertInputsTests : IDisposable
{
    private readonly TempFolder folder = new("inputs");

    public ConvertInputsTests()
    {
        foreach (string file in new[] { "clips/a10.mkv", "clips/a9.mkv", "clips/notes.txt", "clips/deep/er/b.mkv", "clips/.hidden.mkv", "shots/1.png", "one.mp4", "old.vob", "odd[1]*.mp4" })
            folder.Write(file, "");
        folder.Write("list.txt", $"# what to do\n\n{folder["one.mp4"]}\n  {folder["clips/a*.mkv"]}  \n");
    }

    public void Dispose() => folder.Dispose();

    private (string[] Names, bool Several) Resolve(params string[] words)
    {
        ConvertInputs found = ConvertInputs.Resolve([.. words.Select(w => folder[w])]);
        return ([.. found.Paths.Select(p => Path.GetRelativePath(folder[""], p))], found.Several);
    }

    [Fact]
    public void Words_are_files_folders_and_patterns()
    {
        // The last: a file of that name goes before the pattern.
        foreach (string word in new[] { "one.mp4", "shots", "nowhere.mp4", "odd[1]*.mp4" })
        {
            (string[] single, bool many) = Resolve(word);
            Assert.Equal([word], single);
            Assert.False(many);
        }
        (string[] names, bool several) = Resolve("clips");
        Assert.Equal(["clips/a9.mkv", "clips/a10.mkv"], names);
        Assert.True(several);
        Assert.Equal(["clips/a9.mkv", "clips/a10.mkv"], Resolve("clips/*.mkv").Names);
        Assert.Equal(["clips/a9.mkv"], Resolve("cl?ps/a?.mkv").Names);
        Assert.True(Resolve("clips/a9.*").Several);
        Assert.Equal(["clips/a9.mkv", "clips/a10.mkv", "clips/deep/er/b.mkv"], Resolve("clips/**/*.mkv").Names.OrderBy(n => n.Length));
        Assert.Equal(["one.mp4", "clips/a9.mkv", "clips/a10.mkv", "shots"], Resolve("one.mp4", "clips/a9.mkv", "clips", "shots", "shots/").Names);
    }

    [Fact]
    public void A_list_has_an_input_a_line()
    {
        ConvertInputs found = ConvertInputs.Resolve([], folder["list.txt"]);
        Assert.Equal([folder["one.mp4"], folder["clips/a9.mkv"], folder["clips/a10.mkv"]], found.Paths);
        Assert.True(found.Several);
    }

    [Fact]
    public void Nothing_is_refused_with_its_reason()
    {
        Refused("--input-list", () => ConvertInputs.Resolve([]));
        Refused("no file or folder fits", () => ConvertInputs.Resolve([folder["clips/*.avi"]]));
        Refused("cannot be read", () => ConvertInputs.Resolve([], folder["no-list.txt"]));
        folder.Write("empty.txt", "# nothing\n");
        Refused("names no input", () => ConvertInputs.Resolve([], folder["empty.txt"]));
    }

    [Fact]
    public void Outputs_have_their_inputs_names_in_one_folder()
    {
        ConvertInputs inputs = ConvertInputs.Resolve([folder["one.mp4"], folder["shots"], folder["old.vob"]]);
        Assert.Equal([folder["out/one.mp4"], folder["out/shots"], folder["out/old.mp4"]], inputs.Into(folder["out"]).Select(f => f.Output));
    }

    [Fact]
    public void Outputs_that_meet_each_other_or_an_input_are_refused()
    {
        folder.Write("other/one.mp4", "");
        ConvertInputs same = ConvertInputs.Resolve([folder["one.mp4"], folder["other/one.mp4"]]);
        Refused("would both be written to", () => same.Into(folder["out"]));
        Refused("would overwrite the input", () => same.Into(folder["other"]));
        Directory.CreateSymbolicLink(folder["link"], folder["other"]);
        File.CreateSymbolicLink(folder["linked.mp4"], folder["other/one.mp4"]);
        ConvertInputs linked = ConvertInputs.Resolve([folder["linked.mp4"], folder["shots"]]);
        Refused("would overwrite the input", () => ConvertInputs.Resolve([folder["linked.mp4"], folder["other/one.mp4"], folder["shots"]]).Into(folder["other"]));
        Assert.Equal(2, linked.Into(folder["out"]).Count);
        ConvertInputs two = ConvertInputs.Resolve([folder["one.mp4"], folder["shots"]]);
        foreach (string target in new[] { "all.mp4", "all_%06d.png", "list.txt" })
            Refused("need a folder", () => two.Into(folder[target]));
    }

    private static void Refused(string words, Action action) => Assert.Contains(words, Assert.Throws<UserErrorException>(action).Message);
}
