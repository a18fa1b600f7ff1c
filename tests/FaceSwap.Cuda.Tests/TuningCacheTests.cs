using FaceSwap.Compute.Cuda;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>Choices of algorithms survive a run; nothing that can happen to the file does harm.</summary>
public sealed class TuningCacheTests : IDisposable
{
    private const string Setting = "a device, a driver, some libraries";

    private readonly TempFolder folder = new("tuning");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Remembers_from_run_to_run()
    {
        TuningCache first = Open();
        Assert.Null(first.Find("work"));
        first.Store("work", "way \"1\"/é");
        first.Store("other", "2");
        TuningCache second = Open();
        Assert.Equal("way \"1\"/é", second.Find("work"));
        Assert.Equal("2", second.Find("other"));
        Assert.Null(second.Find("Work"));
    }

    [Fact]
    public void Another_setting_knows_nothing_of_it()
    {
        Open().Store("work", "1");
        Assert.Null(new TuningCache(folder.Path, Setting + ", newer").Find("work"));
    }

    // Two settings whose files had the same name would still be told apart by what is in the file.
    [Fact]
    public void A_file_of_another_setting_is_as_none_and_is_written_anew()
    {
        TuningCache cache = Open();
        cache.Store("work", "1");
        File.WriteAllText(cache.FilePath, File.ReadAllText(cache.FilePath).Replace(Setting, "another device", StringComparison.Ordinal));
        TuningCache again = Open();
        Assert.Null(again.Find("work"));
        again.Store("work", "2");
        Assert.Equal("2", Open().Find("work"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("not json at all")]
    [InlineData("{\"form\": 1, \"setting\": 2, \"choices\": 3}")]
    [InlineData("{\"form\": \"faceswap-tuning-0\", \"setting\": \"a device, a driver, some libraries\", \"choices\": {\"work\": \"1\"}}")]
    [InlineData("{\"form\": \"faceswap-tuning-1\", \"setting\": \"a device, a driver, some libraries\", \"choices\": [\"work\"]}")]
    [InlineData("{\"form\": \"faceswap-tuning-1\", \"setting\": \"a device, a driver, some libraries\", \"choices\": {\"work\": 1}}")]
    [InlineData("{\"form\": \"faceswap-tuning-1\", \"setting\": \"a device, a driver, some libraries\", \"choices\": {\"work\": null}}")]
    [InlineData("{\"form\": \"faceswap-tuning-1\", \"setting\": \"a device, a driver, some libraries\"}")]
    public void A_damaged_file_is_as_none_and_is_written_anew(string content)
    {
        TuningCache cache = Open();
        cache.Store("work", "1");
        File.WriteAllText(cache.FilePath, content);
        TuningCache damaged = Open();
        Assert.Null(damaged.Find("work"));
        damaged.Store("work", "2");
        Assert.Equal("2", Open().Find("work"));
    }

    [Fact]
    public void Every_part_of_a_file_is_as_none()
    {
        TuningCache cache = Open();
        cache.Store("work", "1");
        byte[] whole = File.ReadAllBytes(cache.FilePath);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(cache.FilePath, whole[..length]);
            Assert.Null(Open().Find("work"));
        }
    }

    // A kill while the file is written leaves what AtomicFile was writing to beside it.
    [Fact]
    public void What_a_killed_run_left_behind_does_not_matter()
    {
        TuningCache cache = Open();
        cache.Store("work", "1");
        File.WriteAllText(Path.Combine(folder.Path, $".{Path.GetFileName(cache.FilePath)}.partial-1-1"), "{\"form\": ");
        Assert.Equal("1", Open().Find("work"));
    }

    [Fact]
    public void Two_runs_at_once_keep_each_others_choices()
    {
        TuningCache first = Open(), second = Open();
        first.Store("work of the first", "1");
        second.Store("work of the second", "2");
        first.Store("more work of the first", "3");
        TuningCache third = Open();
        Assert.Equal("1", third.Find("work of the first"));
        Assert.Equal("2", third.Find("work of the second"));
        Assert.Equal("3", third.Find("more work of the first"));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_costs_nothing_but_the_memory()
    {
        string file = Path.Combine(folder.Path, "a file");
        File.WriteAllText(file, "");
        TuningCache cache = new(Path.Combine(file, "below"), Setting);
        cache.Store("work", "1");
        Assert.Equal("1", cache.Find("work"));
    }

    [Fact]
    public void Forgets_what_does_not_work_any_more()
    {
        TuningCache cache = Open();
        cache.Store("work", "1");
        cache.Forget("work");
        Assert.Null(cache.Find("work"));
    }

    private TuningCache Open() => new(folder.Path, Setting);
}
