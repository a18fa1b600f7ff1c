using BenchmarkDotNet.Attributes;
using FaceSwap.Compute;

namespace FaceSwap.Benchmarks;

/// <summary>A suite that measures one operation on one backend at a time.</summary>
public abstract class BackendWork
{
    private IBackend? backend;
    private KernelWork? work;

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Close()
    {
        work?.Dispose();
        backend?.Dispose();
        (work, backend) = (null, null);
    }

    /// <summary>Prepares the operation and its memory.</summary>
    private protected abstract KernelWork Prepare(IBackend backend);

    /// <summary>Opens a backend and runs the operation once.</summary>
    private protected void Open(string name)
    {
        backend = Devices.Open(name);
        work = Prepare(backend);
        Run();
    }

    /// <summary>Runs the operation and waits for its end.</summary>
    private protected void Run()
    {
        work!.Run();
        backend!.Synchronize();
    }
}
