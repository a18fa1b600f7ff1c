using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// A device as one backend uses it: its primary context, the one stream that everything is enqueued on, and the kernels loaded so far. Used
/// from one thread at a time; every entry makes the context current to the thread it is called on.
/// </summary>
internal sealed unsafe class CudaDevice : IDisposable
{
    /// <summary>The oldest architecture that the kernels are compiled for.</summary>
    public const int OldestCapability = 75;

    // What autotuning takes and gives back again and again stays reserved up to this size.
    private const long PoolBytesKept = 256L << 20;

    private readonly CudaDeviceFacts facts;
    private readonly Dictionary<string, CudaKernel> kernels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeCudaModuleHandle> modules = new(StringComparer.Ordinal); // by the PTX's resource name

    /// <summary>Opens a device.</summary>
    /// <exception cref="UserErrorException">There is none of that number, or it cannot be used.</exception>
    public CudaDevice(int ordinal)
    {
        if (Trouble(ordinal) is { } trouble)
            throw new UserErrorException($"cuda:{ordinal} cannot be used: {trouble}; choose another --device, and see 'faceswap doctor'.");
        facts = CudaDriver.State.Devices.Single(d => d.Ordinal == ordinal);
        try
        {
            Context = SafeCudaContextHandle.Retain(facts);
        }
        catch (CudaException e)
        {
            // Most often the device is taken (exclusive mode) or its memory is.
            throw new UserErrorException($"{facts.Description} cannot be opened ({e.Name}); end what else uses it, or choose another --device.", e);
        }
        try
        {
            Stream = SafeCudaStreamHandle.Create(Context);
            if (facts.HasMemoryPools)
                Pool = SafeCudaMemoryPoolHandle.Create(Context, ordinal, PoolBytesKept);
        }
        catch
        {
            Stream?.Dispose();
            Context.Dispose();
            throw;
        }
    }

    /// <summary>The device's number.</summary>
    public int Ordinal => facts.Ordinal;

    /// <summary>The device's name.</summary>
    public string Name => facts.Name;

    /// <summary>For messages: <c>cuda:0 (NAME)</c>.</summary>
    public string Description => facts.Description;

    /// <summary>Ten times major plus minor: 90 is 9.0.</summary>
    public int ComputeCapability => facts.ComputeCapability;

    /// <summary>Multiprocessors.</summary>
    public int Multiprocessors => facts.Multiprocessors;

    /// <summary>Second-level cache in bytes.</summary>
    public long L2Bytes => facts.L2Bytes;

    /// <summary>The one stream.</summary>
    public SafeCudaStreamHandle Stream { get; }

    /// <summary>The primary context.</summary>
    public SafeCudaContextHandle Context { get; }

    /// <summary>For memory of a short life; null where the driver has no pools.</summary>
    public SafeCudaMemoryPoolHandle? Pool { get; }

    /// <summary>Whether a step is being recorded: nothing may allocate, copy to or from the host, or wait.</summary>
    public bool IsRecording { get; private set; }

    /// <summary>Why a device cannot be used, in words that end a sentence; null when it can.</summary>
    public static string? Trouble(int ordinal)
    {
        CudaDriverState driver = CudaDriver.State;
        if (driver.Trouble is { } trouble)
            return trouble;
        if (driver.Devices.FirstOrDefault(d => d.Ordinal == ordinal) is not { } device)
            return $"the NVIDIA driver shows only {string.Join(", ", driver.Devices.Select(d => d.Description))}";
        return device.ComputeCapability < OldestCapability
            ? $"the compute capability of {device.Name} is {device.ComputeCapability / 10}.{device.ComputeCapability % 10}, and 7.5 is needed"
            : null;
    }

    /// <summary>A kernel by name, loaded when first asked for. To be asked for when an operation is created: while a step is recorded
    /// nothing can be loaded.</summary>
    /// <exception cref="CudaException">The driver cannot compile it; both of its logs are in the message.</exception>
    public CudaKernel Kernel(string name)
    {
        if (kernels.TryGetValue(name, out CudaKernel? kernel))
            return kernel;
        KernelDescription description = KernelManifest.Find(name);
        RefuseWhileRecording($"load the kernel {name}");
        if (!modules.TryGetValue(description.Ptx, out SafeCudaModuleHandle? module))
        {
            module = SafeCudaModuleHandle.Load(Context, KernelManifest.Ptx(description.Ptx), description.Ptx);
            modules.Add(description.Ptx, module);
        }
        kernel = new CudaKernel(this, description, module.Function(name));
        kernels.Add(name, kernel);
        return kernel;
    }

    /// <summary>Free and total bytes of device memory.</summary>
    public (long Free, long Total) Memory()
    {
        MakeCurrent();
        nuint free, total;
        CudaException.ThrowIfFailed(CudaNative.cuMemGetInfo_v2(&free, &total), Description);
        return ((long)free, (long)total);
    }

    /// <summary>Makes the context current to this thread.</summary>
    public void MakeCurrent() => Context.MakeCurrent();

    /// <summary>Waits for all enqueued work.</summary>
    /// <exception cref="CudaException">Some of it failed.</exception>
    public void Synchronize()
    {
        RefuseWhileRecording("wait");
        MakeCurrent();
        CudaException.ThrowIfFailed(CudaNative.cuStreamSynchronize(Stream), Description);
    }

    /// <summary>Waits for all enqueued work before memory that it uses is freed. Never throws: a failure of that work is not told of here.</summary>
    public void TryWait()
    {
        if (Context.TryMakeCurrent())
            CudaNative.cuStreamSynchronize(Stream);
    }

    /// <summary>Gives back to the device what the pool keeps of memory that was given back to it.</summary>
    public void Trim()
    {
        if (Pool is null)
            return;
        Synchronize();
        Pool.Trim();
    }

    /// <summary>Throws when a step is being recorded.</summary>
    /// <exception cref="InvalidOperationException">It is.</exception>
    public void RefuseWhileRecording(string what)
    {
        if (IsRecording)
            throw new InvalidOperationException($"a recording cannot {what}; do it before");
    }

    /// <summary>Records what <paramref name="enqueue"/> enqueues, without running it.</summary>
    public SafeCudaGraphHandle Capture(Action enqueue)
    {
        RefuseWhileRecording("hold another recording");
        MakeCurrent();
        // Thread-local: other threads may go on with calls that would break a capture of this thread.
        CudaException.ThrowIfFailed(CudaNative.cuStreamBeginCapture_v2(Stream, CudaCaptureMode.ThreadLocal), Description);
        IsRecording = true;
        try
        {
            enqueue();
        }
        catch
        {
            SafeCudaGraphHandle.AbandonCapture(Stream);
            throw;
        }
        finally
        {
            IsRecording = false;
        }
        return SafeCudaGraphHandle.EndCapture(Stream);
    }

    public void Dispose()
    {
        foreach (SafeCudaModuleHandle module in modules.Values)
            module.Dispose();
        Pool?.Dispose();
        Stream.Dispose();
        Context.Dispose();
    }
}
