using FaceSwap.Core.Tensors;
using FaceSwap.TestKit;

namespace FaceSwap.Core.Tests;

public sealed class RegularFileTests : IDisposable
{
    private readonly TempFolder folder = new("regular");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_read_also_through_a_link()
    {
        string file = folder.Write("a.json", "{}");
        File.CreateSymbolicLink(folder["link.json"], file);
        Assert.Equal("{}"u8, RegularFile.ReadAllBytes(file, 2));
        Assert.Equal("{}"u8, RegularFile.ReadAllBytes(folder["link.json"], 2));
        using FileStream stream = RegularFile.Open(folder["link.json"], 2);
        Assert.Equal(2, stream.Length);
    }

    [Fact]
    public void What_is_none_is_refused_with_its_name()
    {
        Assert.Contains("'in' is a folder", Assert.Throws<IOException>(() => RegularFile.Open(folder.Folder("in"))).Message);
        Assert.Contains("'none' is empty", Assert.Throws<IOException>(() => RegularFile.Open(folder.Write("none", ""))).Message);
        Assert.Contains("'large' has 3 bytes", Assert.Throws<IOException>(() => RegularFile.Open(folder.Write("large", "abc"), 2)).Message);
        Assert.Throws<FileNotFoundException>(() => RegularFile.OpenHandle(folder["gone"]));
        if (OperatingSystem.IsWindows())
            return;
        File.CreateSymbolicLink(folder["device"], "/dev/zero");
        Assert.Contains("'device' is empty or not a regular file", Assert.Throws<IOException>(() => RegularFile.ReadAllBytes(folder["device"], 100)).Message);
    }

    // Every place in a vector and behind the last whole one.
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void One_that_is_no_number_is_found_anywhere(float value)
    {
        for (int length = 0; length < 40; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(static i => i % 2 == 0 ? float.MaxValue : -float.MinValue / 3)];
            Assert.True(FiniteNumbers.Only(values));
            for (int i = 0; i < length; i++)
            {
                float kept = values[i];
                values[i] = value;
                Assert.False(FiniteNumbers.Only(values));
                values[i] = kept;
            }
        }
    }
}
