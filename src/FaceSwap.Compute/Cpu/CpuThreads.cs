using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// The engine's threads, shared by the shim's products and the loops in C#: one set, so that the two never contend for a core. They
/// spin for some 50 µs after a loop and then sleep.
/// </summary>
internal sealed unsafe class CpuThreads : IDisposable
{
    public CpuThreads(int threads)
    {
        Count = threads;
        Pool = SafeDnnPoolHandle.Create(threads);
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Count { get; }

    public SafeDnnPoolHandle Pool { get; }

    /// <summary>Runs task(context, 0 … tasks − 1, thread) and returns when all are done. Which thread gets a task is left to chance, so a
    /// result must not depend on it. Allocates nothing.</summary>
    public void Run(delegate* unmanaged<void*, int, int, void> task, void* context, long tasks) =>
        ShimNative.fs_dnn_pool_run(Pool, task, context, checked((int)tasks));

    public void Dispose() => Pool.Dispose();
}
