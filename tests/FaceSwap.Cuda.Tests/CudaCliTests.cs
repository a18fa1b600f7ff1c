using System.Diagnostics;
using FaceSwap.Compute.Cuda;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>The command as a process of its own, with the stand-ins (or some of them) where the loader looks.</summary>
public sealed class CudaCliTests : IDisposable
{
    private readonly TempFolder folder = new("cuda-cli");

    private sealed record Run(int Code, string Output, string Error)
    {
        public string All => $"exit code {Code}\n{Output}\n{Error}";
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Selftest_runs_on_the_stand_in()
    {
        Run run = Command(FakeCuda.Folder, "selftest", "--device", "cuda", "--filter", "readback");
        Assert.True(run.Code == 0, run.All);
        Assert.Contains("device cuda: FakeCuda (stand-in, runs on the CPU)", run.Output);
        Assert.Contains(" 0 failed", run.Output);
    }

    [SkippableFact]
    public void The_whole_selftest_passes_on_the_stand_in()
    {
        RequireAll.Skip("whole networks through the stand-in");
        Run run = Command(FakeCuda.Folder, "selftest", "--device", "cuda", "--golden", Repository.PathOf("tests", "golden"));
        Assert.True(run.Code == 0, run.All);
        Assert.Contains(" 0 failed", run.Output);
    }

    [Fact]
    public void Doctor_shows_driver_device_and_libraries()
    {
        Run run = Command(FakeCuda.Folder, "doctor");
        Assert.True(run.Code == 0, run.All);
        Assert.Contains("ok      CUDA driver", run.Output);
        Assert.Contains("CUDA 13.", run.Output);
        Assert.Contains(Path.Combine(FakeCuda.Folder, "libcudnn.so.9"), run.Output);
        Assert.Contains("FakeCuda (stand-in, runs on the CPU), compute capability ", run.Output);
    }

    [Fact]
    public void Auto_takes_the_device_and_says_so()
    {
        Run run = Command(FakeCuda.Folder, "selftest", "--filter", "increment");
        Assert.True(run.Code == 0, run.All);
        Assert.Contains("device: cuda (FakeCuda", run.Error);
    }

    [Fact]
    public void A_device_that_is_not_there_is_one_sentence()
    {
        Run run = Command(FakeCuda.Folder, "selftest", "--device", "cuda:7", "--filter", "increment");
        AssertRefused(run, "cuda:7 cannot be used", "shows only cuda:0 (FakeCuda", "--device");
    }

    [SkippableFact]
    public void Without_cudnn_cuda_is_refused_and_auto_takes_the_processor_and_says_why()
    {
        SkipOnRealGpu();
        foreach (string file in new[] { "libcuda.so.1", "libcublas.so.13", "libcublasLt.so.13" })
            File.CreateSymbolicLink(folder[file], Path.Combine(FakeCuda.Folder, file));
        AssertRefused(Command(folder.Path, "selftest", "--device", "cuda", "--filter", "increment"), "cuDNN 9 was not found", "libcudnn.so.9");
        Run auto = Command(folder.Path, "selftest", "--filter", "increment");
        Assert.True(auto.Code == 0, auto.All);
        Assert.Contains("device: cpu (", auto.Error);
        Assert.Contains("not CUDA, because cuDNN 9 was not found", auto.Error);
    }

    [SkippableFact]
    public void Without_a_driver_cuda_is_refused_and_auto_takes_the_processor()
    {
        SkipOnRealGpu();
        AssertRefused(Command(folder.Path, "selftest", "--device", "cuda", "--filter", "increment"), "driver's library was not found", "libcuda.so.1");
        Run auto = Command(folder.Path, "selftest", "--filter", "increment");
        Assert.True(auto.Code == 0, auto.All);
        Assert.Contains("device: cpu (", auto.Error);
        Assert.DoesNotContain("CUDA", auto.Error);
    }

    [Theory]
    [InlineData(91300, null)]
    [InlineData(90000, null)]
    [InlineData(8907, "cuDNN is 8.9.7 (here), and 9 is needed")]
    public void An_old_cudnn_is_told_by_its_version(ulong version, string? expected) => Assert.Equal(expected, CudaUsability.CudnnTrouble(version, "here"));

    private static void AssertRefused(Run run, params string[] words)
    {
        Assert.True(run.Code == 2, run.All);
        string line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("faceswap: ", line);
        Assert.All(words, word => Assert.Contains(word, line));
    }

    // There the loader finds the real libraries however few stand-ins there are.
    private static void SkipOnRealGpu() => Skip.If(File.Exists("/dev/nvidiactl"), "this machine has an NVIDIA driver");

    private Run Command(string libraries, params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "faceswap"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        start.Environment["LD_LIBRARY_PATH"] = libraries;
        start.Environment["XDG_CACHE_HOME"] = folder.Folder("cache");
        foreach (string variable in new[] { "CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX" })
            start.Environment.Remove(variable);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new Run(process.ExitCode, output.Result, error.Result);
    }
}
