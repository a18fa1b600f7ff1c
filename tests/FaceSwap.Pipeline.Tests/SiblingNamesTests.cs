using FaceSwap.Core;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Extract;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Inputs and outputs whose names differ in the extension only share nothing.</summary>
public sealed class SiblingNamesTests
{
    [Fact]
    public void Alignments_are_named_with_the_extension_where_another_video_has_the_stem()
    {
        using TempFolder folder = new();
        string clip = folder.Write("clip.mp4", "");
        Assert.Equal(folder["clip_alignments.json"], AlignmentsFile.DefaultPath(clip));
        string other = folder.Write("clip.mov", "");
        Assert.Equal(folder["clip.mp4_alignments.json"], AlignmentsFile.DefaultPath(clip));
        Assert.Equal(folder["clip.mov_alignments.json"], AlignmentsFile.DefaultPath(other));
        folder.Write("clip_alignments.json", "{}");
        string refused = Assert.Throws<UserErrorException>(() => AlignmentsFile.FindBeside(clip)).Message;
        Assert.Contains("clip.mov", refused);
        Assert.Contains("clip.mp4_alignments.json", refused);
        string own = folder.Write("clip.mp4_alignments.yml", "{}");
        Assert.Equal(own, AlignmentsFile.FindBeside(clip));
    }

    [Fact]
    public void An_output_of_this_program_is_no_other_video()
    {
        using TempFolder folder = new();
        string clip = folder.Write("clip.mp4", ""), made = folder.Write("clip.mov", "");
        Provenance.Write(made, Record("clip.mov"));
        Assert.Equal(folder["clip_alignments.json"], AlignmentsFile.DefaultPath(clip));
    }

    [Fact]
    public void Every_output_has_a_record_of_its_own()
    {
        using TempFolder folder = new();
        foreach (string name in new[] { "clip.mov", "clip.mp4", "clip.mov" })
            Provenance.Write(folder[name], Record(name));
        Assert.Equal(["clip.mp4.provenance.json", "clip.provenance.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("clip.mov", File.ReadAllText(Provenance.PathFor(folder["clip.mov"])));
        Assert.Contains("clip.mp4", File.ReadAllText(Provenance.PathFor(folder["clip.mp4"])));
        string foreign = folder.Write("b.provenance.json", "of another program");
        Provenance.Write(folder["b.mkv"], Record("b.mkv"));
        Assert.Equal("of another program", File.ReadAllText(foreign));
    }

    [Fact]
    public void Faces_of_images_of_one_stem_are_two_and_are_found_again()
    {
        using TempFolder folder = new();
        string input = folder.Folder("in");
        foreach ((string from, string to) in new[] { ("frame0.png", "a.png"), ("frame1.png", "b.png") })
            File.Copy(Golden.Path("vision", from), Path.Combine(input, to));
        using (Core.Frames.PooledFrame second = ImageFile.Read(Golden.Path("vision", "frame1.png")))
            ImageFile.Write(Path.Combine(input, "a.jpg"), second);
        Extraction done = Extraction.Run(new ExtractOptions { Input = input, OutputDirectory = folder["faces"] });
        Assert.Equal(["a.jpg_0.png", "a.png_0.png", "b_0.png"], done.Files.Keys);
        AlignedFolder aligned = AlignedFolder.Open(folder["faces"], done.Alignments);
        File.Delete(folder["faces", "a.jpg_0.png"]);
        AlignedFolder fewer = AlignedFolder.Open(folder["faces"], done.Alignments);
        Assert.Equal((true, true, false, true), (aligned.Has("a.jpg", 0), aligned.Has("a.png", 0), fewer.Has("a.jpg", 0), fewer.Has("a.png", 0)));
    }

    [Fact]
    public void Videos_of_one_stem_have_alignments_and_faces_of_their_own()
    {
        using TempFolder folder = new();
        string clip = ConvertClip.Write(folder, 2), other = Path.ChangeExtension(clip, ".avi");
        File.Copy(clip, other);
        Extraction first = Extraction.Run(new ExtractOptions { Input = clip, OutputDirectory = folder["faces"] });
        string text = first.Text;
        Extraction second = Extraction.Run(new ExtractOptions { Input = other, OutputDirectory = folder["faces"] });
        Assert.NotEqual(first.Summary.AlignmentsPath, second.Summary.AlignmentsPath);
        Assert.Equal(text, first.Text);
        Assert.Equal(4, second.Files.Count);
        Assert.Contains("clip.mkv_000001_0.png", second.Files.Keys);
        Assert.Contains("clip.avi_000001_0.png", second.Files.Keys);
        using VideoReader reader = VideoReader.Open(other);
        Assert.Throws<UserErrorException>(() => AlignmentsOwner.Require(first.Alignments, "x", reader, other));
    }

    private static ProvenanceRecord Record(string output) => new(Provenance.Statement, Provenance.Tool, DateTime.UnixEpoch, new ProvenanceFile("in", ""),
        new ProvenanceFile(output, ""), new ProvenanceModel("m", "A to B", 1, ""), 1, 1, 1, new Dictionary<string, string>());
}
