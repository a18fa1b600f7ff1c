using FaceSwap.Core;
using FaceSwap.TestKit;

namespace FaceSwap.Media.Tests;

public sealed class OutputNamesTests : IDisposable
{
    private readonly TempFolder folder = new("names");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("out", true)]
    [InlineData("out/", true)]
    [InlineData("out.xyz", false)]
    [InlineData("out.xyz/", true)]
    [InlineData("take.one/out", true)]
    [InlineData("out.2026", true)]
    [InlineData("v1.2", true)]
    [InlineData("v1.2b", false)]
    [InlineData("a.mp4", false)]
    [InlineData("a.M2TS", false)]
    [InlineData("a.frames", true)]
    [InlineData("Dr. No", true)]
    [InlineData("ends.", true)]
    [InlineData(".git", true)]
    [InlineData("..", true)]
    [InlineData("", true)]
    public void A_short_extension_with_a_letter_is_a_files(string name, bool isFolder) => Assert.Equal(isFolder, OutputNames.IsFolder(name));

    [Fact]
    public void What_is_a_folder_already_is_one()
    {
        Assert.False(OutputNames.IsFolder(folder["out.xyz"]));
        OutputNames.RequireVideoOrFolder(folder.Folder("out.xyz"));
        OutputNames.RequireFolder(folder.Folder("clip.mp4"), "frames go into a folder");
    }

    [Fact]
    public void A_file_of_another_kind_is_refused_with_what_to_do()
    {
        foreach (string good in new[] { "clip.mp4", "clip.MKV", "frames", "frames.png/" })
            OutputNames.RequireVideoOrFolder(good);
        Assert.Equal("'o.xyz' ends in .xyz, and videos are written as .mp4, .m4v, .mkv, .mov, .webm, .avi, .ts, .mpg, .mpeg, .wmv, .flv, .ogv; choose one of these, or end it in / for a folder",
            Assert.Throws<UserErrorException>(() => OutputNames.RequireVideoOrFolder("o.xyz")).Message);
        Assert.Contains("one image", Assert.Throws<UserErrorException>(() => OutputNames.RequireVideoOrFolder("o.png")).Message);
        Assert.Equal("frames go into a folder, and 'clip.mp4' is named like a file; choose another name, or end it in / for a folder",
            Assert.Throws<UserErrorException>(() => OutputNames.RequireFolder("clip.mp4", "frames go into a folder")).Message);
    }
}
