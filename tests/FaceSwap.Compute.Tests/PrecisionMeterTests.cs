using System.Diagnostics;
using FaceSwap.Compute.Cpu;
using FaceSwap.TestKit;

namespace FaceSwap.Compute.Tests;

/// <summary>A precision is chosen by what was measured, once for a processor: with measurements made up, and with a real one.</summary>
public sealed class PrecisionMeterTests : IDisposable
{
    private const string Here = "processor A on 2 threads";

    // Those of an Intel processor whose bf16 is slower, and of one that gains.
    private static readonly CpuPrecisionRates Slow = new(new PrecisionRates(401e9, 172e9), new PrecisionRates(390e9, 300e9));
    private static readonly CpuPrecisionRates Fast = new(new PrecisionRates(400e9, 700e9), new PrecisionRates(380e9, 500e9));

    private readonly TempFolder folder = new("precision");
    private int measured;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(401, 172, Precision.Fp32)]
    [InlineData(400, 700, Precision.Bf16)]
    [InlineData(400, 400, Precision.Fp32)]
    [InlineData(400, 439, Precision.Fp32)]
    [InlineData(400, 441, Precision.Bf16)]
    [InlineData(400, 0, Precision.Fp32)]
    public void The_faster_one_is_taken_and_fp32_where_they_are_as_fast(double fp32, double bf16, Precision taken)
    {
        PrecisionRates rates = new(fp32 * 1e9, bf16 * 1e9);
        Assert.Equal(taken, rates.Best);
        Assert.Equal(bf16 < fp32, rates.IsSlow(Precision.Bf16));
        Assert.False(rates.IsSlow(Precision.Fp32));
    }

    [Fact]
    public void Training_is_judged_by_its_own_rates()
    {
        CpuPrecisionRates rates = new(Fast.Inference, Slow.Training);
        Assert.Equal((Precision.Bf16, Precision.Fp32), (rates.For(training: false).Best, rates.For(training: true).Best));
        Assert.Equal("401 GFLOP/s in fp32, 172 in bf16", Slow.Inference.ToString());
        Assert.Equal("45.7 GFLOP/s in fp32", new PrecisionRates(45.678e9, 0).ToString());
    }

    [Fact]
    public void A_processor_is_measured_once_and_each_by_itself()
    {
        Assert.Equal(Slow, Rates(Here, Slow));
        Assert.Equal(1, measured);
        // The same to the last bit, in this process and in the next.
        PrecisionMeter meter = Meter();
        Assert.Equal(Slow, Rates(Here, Fast, meter));
        Assert.Equal(Slow, Rates(Here, Fast, meter));
        Assert.Equal(1, measured);
        Assert.Equal(Fast, Rates("processor B on 2 threads", Fast, meter));
        Assert.Equal(Fast, Rates("processor A on 4 threads", Fast, meter));
        Assert.Equal((Slow, 3), (Rates(Here, Fast), measured));
    }

    [Fact]
    public void What_was_measured_is_remembered_without_a_folder_too()
    {
        PrecisionMeter meter = new(Path.Combine(folder.Write("file", "no folder"), "cache"));
        Assert.Equal((Slow, Slow, 1), (Rates(Here, Slow, meter), Rates(Here, Fast, meter), measured));
        Assert.Equal(Fast, Rates(Here, Fast, new PrecisionMeter("/proc/faceswap-cache")));
        Assert.Equal(Fast, Rates(Here, Fast, new PrecisionMeter("/dev/full")));
        // A measurement's place is taken by a folder.
        Directory.CreateDirectory(Cache(Here).FilePath);
        Assert.Equal((Fast, 4), (Rates(Here, Fast), measured));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"form\":null}")]
    [InlineData("{\"form\":\"faceswap-precision-1\",\"setting\":7}")]
    [InlineData("{\"form\":\"\\ud800\"}")]
    public void A_damaged_measurement_is_made_again(string content)
    {
        Directory.CreateDirectory(folder.Path);
        File.WriteAllText(Cache(Here).FilePath, content);
        Assert.Equal(Slow, Rates(Here, Slow));
        Assert.Equal((Slow, 1), (Rates(Here, Fast), measured));
    }

    [Fact]
    public void An_altered_one_is_made_again()
    {
        string path = Cache(Here).FilePath;
        Rates(Here, Slow);
        string whole = File.ReadAllText(path);
        foreach (string altered in (string[])[whole[..(whole.Length / 2)], whole.Replace("172000000000", "972000000000"), whole.Replace("172000000000", "-1"),
            whole.Replace("172000000000", "1e999"), whole.Replace("172000000000", "\"many\""), whole.Replace("sum", "other"), whole + new string(' ', 100_000)])
        {
            Assert.NotEqual(whole, altered);
            File.WriteAllText(path, altered);
            Assert.Null(Cache(Here).Read());
            Assert.Equal(Slow, Rates(Here, Slow));
            Assert.Equal(whole, File.ReadAllText(path));
        }
        Assert.Equal(8, measured);
        // That of another setting under this one's name.
        Rates("another", Fast);
        File.Copy(Cache("another").FilePath, path, overwrite: true);
        Assert.Null(Cache(Here).Read());
    }

    [Fact]
    public void Rates_that_cannot_be_are_none()
    {
        Assert.All<CpuPrecisionRates>([Slow with { Inference = new(-1, 172e9) }, Slow with { Training = new(0, 172e9) }, Slow with { Training = new(390e9, 1e30) },
            Slow with { Inference = new(401e9, 0) }], rates =>
        {
            Cache(Here).Write(rates);
            Assert.True(File.Exists(Cache(Here).FilePath));
            Assert.Null(Cache(Here).Read());
        });
        // A processor without bf16 has no rate of it.
        Cache(Here).Write(Slow);
        Assert.Equal(Slow, Cache(Here).Read());
        Assert.Null(new PrecisionCache(folder.Path, Here, bf16: false).Read());
    }

    [Fact]
    public async Task What_is_no_plain_file_is_not_read()
    {
        string path = Cache(Here).FilePath;
        foreach (string command in (string[])["mkfifo", "ln -s /dev/zero", $"ln -s {folder["elsewhere"]}"])
        {
            File.Delete(path);
            using (Process shell = Process.Start("/bin/sh", ["-c", $"{command} '{path}'"]))
                shell.WaitForExit();
            Assert.Equal(Slow, await Task.Run(() => Rates(Here, Slow)).WaitAsync(TimeSpan.FromMinutes(2)));
        }
        Assert.Equal(3, measured);
        Assert.False(File.Exists(folder["elsewhere"]));
        Assert.Equal(Slow, Cache(Here).Read());
    }

    [Fact]
    public async Task Two_at_once_measure_once()
    {
        using ManualResetEventSlim first = new(), second = new();
        CpuPrecisionRates Measure(CpuPrecisionRates rates)
        {
            Interlocked.Increment(ref measured);
            first.Set();
            second.Wait();
            return rates;
        }
        PrecisionMeter Patient() => new(folder.Path, TimeSpan.FromMinutes(5));
        Task<CpuPrecisionRates> a = Task.Run(() => Patient().Rates(Here, true, () => Measure(Slow)));
        first.Wait();
        Task<CpuPrecisionRates> b = Task.Run(() =>
        {
            second.Set();
            return Patient().Rates(Here, true, () => Measure(Fast));
        });
        Assert.Equal([Slow, Slow], await Task.WhenAll(a, b));
        Assert.Equal(1, measured);
    }

    [Fact]
    public void Who_is_stuck_holds_nobody_up()
    {
        using FileStream stuck = new(folder["precision.lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal(Slow, Rates(Here, Slow, new PrecisionMeter(folder.Path, TimeSpan.Zero)));
        Assert.Equal(Slow, Cache(Here).Read());
        // Another process, that has no turn either, is through while this one measures: both go by the same numbers.
        CpuPrecisionRates late = new PrecisionMeter(folder.Path, TimeSpan.Zero).Rates("another", true, () =>
        {
            Cache("another").Write(Slow);
            return Fast;
        });
        Assert.Equal(Slow, late);
    }

    [Fact]
    public void This_processor_is_measured()
    {
        using LeakCheck leaks = new();
        foreach (CpuProducts products in Enum.GetValues<CpuProducts>())
        {
            using CpuBackend backend = new(2, products) { Meter = Meter() };
            bool bf16 = backend.Supports(Precision.Bf16);
            CpuPrecisionRates rates = backend.MeasurePrecisions();
            Assert.All<PrecisionRates>([rates.Inference, rates.Training], r =>
            {
                Assert.InRange(r.Fp32FlopsPerSecond, 1e6, 1e16);
                Assert.InRange(r.Bf16FlopsPerSecond, bf16 ? 1e6 : 0, bf16 ? 1e16 : 0);
            });
            // Another process would read the same, and choose the same.
            using CpuBackend next = new(2, products) { Meter = Meter() };
            Assert.Equal(rates, next.MeasurePrecisions());
            foreach (bool training in (bool[])[false, true])
                Assert.Equal(bf16 ? new PrecisionChoice(rates.For(training).Best, rates.For(training)) : new PrecisionChoice(Precision.Fp32, null), next.ChoosePrecision(training));
        }
        Assert.Equal(2, Directory.GetFiles(folder.Path, "precision-*.json").Length);
    }

    [SkippableFact]
    public void A_processor_without_bf16_need_not_be_measured()
    {
        using CpuBackend backend = new(1) { Meter = Meter() };
        Skip.If(backend.Supports(Precision.Bf16), "this processor has bf16");
        Assert.Equal(new PrecisionChoice(Precision.Fp32, null), backend.ChoosePrecision(training: true));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private PrecisionMeter Meter() => new(folder.Path);

    private PrecisionCache Cache(string setting) => new(folder.Path, setting, bf16: true);

    private CpuPrecisionRates Rates(string setting, CpuPrecisionRates real, PrecisionMeter? meter = null) => (meter ?? Meter()).Rates(setting, true, () =>
    {
        measured++;
        return real;
    });
}
