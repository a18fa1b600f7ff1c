using FaceSwap.Compute.Cuda;
using FaceSwap.Interop;
using FaceSwap.TestKit;

namespace FaceSwap.Cuda.Tests;

/// <summary>
/// The base of every test class here: after each test neither this program nor the stand-in may hold one object more than before, and the
/// stand-in may have seen no misuse. xunit makes an object of the class for each test.
/// </summary>
public abstract class CudaTest : IDisposable
{
    /// <summary>What a device of the stand-in has unless a test pretends otherwise.</summary>
    protected const long DeviceBytes = 16L << 30;

    // Tuning is most of the time here, and what one test has tuned the others find in the cache, as two runs of the program do.
    private static readonly Lazy<TempFolder> Cache = new(static () =>
    {
        TempFolder folder = new("cuda-cache");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    });

    private readonly LeakCheck leaks = new();
    private readonly long live = FakeCuda.Live(), faults = FakeCuda.fake_cuda_faults();

    /// <summary>Opens the device.</summary>
    protected static CudaBackend Open(bool deterministic = false) => new(new CudaOptions(0, deterministic, Cache.Value.Path));

    /// <summary>Removes what the test class made.</summary>
    protected virtual void Clean()
    {
    }

    /// <summary>Checks that nothing is left.</summary>
    public void Dispose()
    {
        Clean();
        FakeCuda.fake_cuda_allow_all();
        FakeCuda.fake_cuda_set_memory(DeviceBytes);
        leaks.Dispose();
        Assert.True(faults == FakeCuda.fake_cuda_faults(), $"the stand-in saw a misuse: {FakeCuda.LastError()}");
        Assert.True(live == FakeCuda.Live(), $"{live} objects of the driver before, {FakeCuda.Live()} after: {FakeCuda.LiveReport()}");
        GC.SuppressFinalize(this);
    }
}
