using FaceSwap.Core;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

public class AlignmentsFileTests
{
    private static FaceRecord Face(int seed) => new(new RectI(seed, seed + 1, 100, 101),
        [.. Enumerable.Range(0, FaceRecord.LandmarkCount).Select(i => new Point2(seed + i, (2 * i) - seed))]);

    [Fact]
    public void RoundTripKeepsEverythingInOrder()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "alignments.json");
        AlignmentsFile file = new();
        file.Set("b.png", [Face(3), Face(400)]);
        file.Set("a.png", []);
        file.Save(path);
        AlignmentsFile read = AlignmentsFile.Load(path);
        Assert.Equal(["b.png", "a.png"], read.FrameNames);
        Assert.Empty(read.Find("a.png")!);
        Assert.Null(read.Find("c.png"));
        FaceRecord face = read.Find("b.png")![1];
        Assert.Equal(new RectI(400, 401, 100, 101), face.Rect);
        Assert.Equal(Face(400).Landmarks(), face.Landmarks());
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void FileIsWhatTheClassicToolsRead()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "alignments.json");
        AlignmentsFile file = new();
        file.Set("0001.png", [Face(1)]);
        file.Save(path);
        string text = File.ReadAllText(path);
        Assert.StartsWith("{\"0001.png\":[{\"r\":0,\"x\":1,\"w\":100,\"y\":2,\"h\":101,\"landmarksXY\":[[1,-1],[2,1],", text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"a\": 1}")]
    [InlineData("{\"a\": [1]}")]
    [InlineData("{\"a\": [{\"x\":1}]}")]
    [InlineData("{\"a\": [{\"r\":0,\"x\":1,\"y\":1,\"w\":1,\"h\":1,\"landmarksXY\":[[1,2]]}]}")]
    public void DamagedFilesGiveOneSentence(string content)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "alignments.json");
        File.WriteAllText(path, content);
        UserErrorException error = Assert.Throws<UserErrorException>(() => AlignmentsFile.Load(path));
        Assert.Contains(path, error.Message);
        Assert.DoesNotContain("\n", error.Message);
    }

    [Fact]
    public void FailedSaveKeepsTheOldFile()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "file.json");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, "test", s =>
        {
            s.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }
}
